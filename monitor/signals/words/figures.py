"""Figures of speech, sport and names that only sound like harm: where one explains a word, the word does not alarm."""

from __future__ import annotations

import re

from monitor.signals.words.alarm import whole_lines

LAUGHTER = re.compile(r"😂|🤣|😆|🔥|😹|\b(?:lo+l+|lmf?ao+|rofl|(?:ba)?ha(?:ha)+h?|hehe+|xd)\b")
"""Beside laughter a lone word that could be a figure of speech is taken as one."""

GRIEF = re.compile(r"🙏|🕊|💔|🖤")
"""A candle is none of them: in a power cut people light one for a laugh, and where it mourns the words say so."""
"""Beside these signs a word that could be a figure of speech is not."""

_BODY = (
    r"(?:the )?(?:laugh(?:ing|ter)?|lmf?ao+|lol|boredom|embarrassment|cringe|cuteness|shame|jealousy|excitement|"
    r"happiness|stress)"
)
_THING = (
    "battery|phone|wifi|wi-fi|internet|stream|laptop|app|connection|signal|site|server|feed|tv|car|power|mic|engine|hype|vibe|"
    "joke|meme|game|match|party|season|series|offense|defense|attack|crowd|stadium|arena|atmosphere|momentum|hope|hopes|dream|"
    "dreams|chat|timeline|trend|romance|chivalry|ball|play|possession|rubber|tie|tire|tyre|tires|tyres|lights|money|wallet|soul"
)
_I = (
    r"(?:i|i'm|im|i am|we|we're|i've|i have|i just|i almost|i nearly|i literally|me|you guys are|y'all|yall|this|"
    r"that|it)"
)

_FIGURES = rf"""
died: {_I} (?:\w+ ){{0,3}}died\b|died (?:of|from|at|with|a little|inside|laughing|when|bc|because|so i|for (?:our|my|
    your|this|ur))\b(?! (?:cancer|covid|a heart|injuries))|died {_BODY}|(?:{_THING}) (?:\w+ ){{0,2}}died|died down|
    almost died
drowned drowning: (?:drown(?:ed|ing)?) (?:out|my|our|their|his|her|it|them|in (?:noise|tears|work|milk|sauce|
    chocolate|debt|syrup|gravy|cheese|sorrow|the noise|emails))|sorrows
dies: dies (?:of|from|at|with|inside|laughing)\b(?! cancer)|(?:{_THING}) (?:\w+ )?dies|\*dies\*|dies down
dying: {_I} (?:\w+ ){{0,3}}dying|dying (?:of|from|at|with|inside|laughing|over|here|rn|to (?:know|see|hear|try|get|go|
    have|watch))\b(?! cancer)|(?:{_THING}) (?:\w+ ){{0,2}}dying|dying lol
dead: 💀|{_I} (?:\w+ ){{0,3}}dead\b|(?:{_THING}) (?:\w+ ){{0,2}}dead|dead (?:{_THING}|ass|tired|serious|on|even|heat|
    last|inside|weight|line|wrong|right|silent|zone|rubber|quiet|lift|eye|gorgeous|sexy|lol|lmao|at|wood|cat|beat|pan|
    pool|space|hour|sea|red)\b|left for dead|walking dead|drop dead|back from the dead|dead to me|dead in the water|
    not dead|brain.?dead|over my dead body|dead and buried in this (?:match|game|series)|dead (?:😂|🤣)
death: (?:bored|scared|love|loved|sick|starve|starving|freezing|work|worked|tickled|stare|hate|pipe|beat|
    frozen) (?:\w+ )?to death|sudden death|death (?:star|valley|metal|stare|row|grip|lineup|line.?up|match|note|
    eaters?|by (?:chocolate|powerpoint))|kiss of death|(?:group|lineup|line-up) of death|death of (?:me|the (?:party|
    vibe|meme|joke))
heaven: (?:died|dead) and (?:go|gone|went) to heaven|(?:made|marriage|match) (?:\w+ )?in heaven|(?:seventh|7th|hog|pig|
    snack|chocolate|football) heaven|(?:{_I}|this is) in heaven|stairway to heaven|heaven on earth
killed: killed (?:it|that|this|the (?:vibe|mood|game|match|buzz|momentum|joke|performance|show|half.?time|song|stage|
    national|penalty|power play|clock|run|rally|tie|series|rhythm|flow)|me|him|'em|them|us|off|my (?:battery|vibe|
    mood|phone|buzz|soul))\b|(?:absolutely|straight|totally|completely) killed|curiosity killed|{_I} (?:\w+ )?(?:got |
    get |getting )?killed|(?:getting|gets?|got|been) killed (?:on|by (?:the (?:refs|pace|bench|press))|inside|
    in (?:the )?(?:paint|transition|midfield))|killed (?:on|in) (?:the )?(?:boards|glass|paint|rebounds?)
kill: kill (?:it|'em|the (?:game|clock|match|vibe|mood|power play|lights)|for (?:a|some)|me|time|two birds|bill|
    off the)\b|(?:could|would|might|gonna|will|to) kill (?:for|me|him|them|somebody|someone|whoever|my)|kill (?:my|
    your)self laughing|{_I} (?:\w+ )?kill|buzz ?kill|over ?kill|if looks could
kills: kills (?:me|it|the (?:vibe|mood|momentum|game|joke)|my)
killing: killing (?:it|me|us|them|time|the (?:game|vibe|clock)|my|him|'em|off)\b|(?:a|made a|the) killing|
    you're killing|{_I} (?:\w+ )?killing|killing (?:in|on) the (?:paint|boards|glass)
rip: rip.?through|rip (?:off|out|up|into|apart|it|open|them|that|a|to (?:my|this|that|the))\b|rip (?:me|us|my|your|
    his|her|our|their|ur|the (?:{_THING}|refs|bench|rim|net|defender|{_THING}s|goalie|dub|nation)|{_THING})\b|
    let (?:it|'er|er|her) rip|rips\b|(?:vert|cd|dvd|bong) rip|rip(?:ping)? (?:the|a|one)\b|(?:called|calls?|illegal|
    the|no|that) rip\b|rip (?:move|foul|call)
funeral: (?:their|your|his) (?:own )?funeral lol|funeral for (?:the|my|our) (?:{_THING})|funeral (?:atmosphere|vibe)
coffin: nail in (?:the|their|our|his) coffin|coffin nail|coffin dance
fatal: fatal (?:attraction|error|mistake|flaw)
lifeless: lifeless (?:performance|display|game|crowd|attack|team)
murdered: murdered (?:that|it|him|them|us|the (?:rim|ball|beat|verse|pizza|song|competition)|those|my)|
    {_I} (?:\w+ )?(?:got |just )?murdered|(?:got|gets|getting|been|just) murdered(?! (?:by (?:a|his|her)|in (?:his|
    her|a)))
murder: murder (?:mystery|hornets?|on the dance|ball|she wrote|the (?:rim|ball))|get(?:ting|s)? away with murder|
    bloody murder|{_I} (?:\w+ )?murder|(?:could|would|gonna|might) murder|murder(?:ing)? (?:a|this|that|
    some) (?:burger|kebab|pizza|curry|pint|coffee|sandwich)
suicide: suicide (?:squad|runs?|sprints?|blonde|door)|career suicide
victims: fashion victims?
victim: victim mentality|fashion victim|play(?:ing|s)? (?:the )?victim|victim of (?:its|their|his|her) own|
    latest victim
terror: reign of terror|holy terror|(?:a|absolute|real|little) terror (?:on|in|to|at|down)
missile: (?:absolute|what a|hits? a|a|heat.?seeking) missile\b(?! (?:attack|strike|launch|test|hit))
missiles: missiles from (?:downtown|deep|range|outside)
bomb: bomb (?:goal|shot|dunk|three|pass|ass|throw|serve|from|dropped|diggity|food|af)\b|photo.?bomb|(?:the|da|sex|
    bath|cherry|glitter|bunker|time|f|love|truth|jager|jäger|video|stink|photo|logic|cluster) ?-?bomb\b|(?:three|3|
    deep|long|dropped a|drops a|hit a|hits a|what a|hell of a|threw a|drop a|absolute) bomb\b|bomb.?shell|
    atom(?:ic)? blonde
bombs: (?:f|bath|photo|drop(?:ping|ped|s)?|threes?|hitting|launch(?:ing)?|deep|three-point|fat|jager|
    throwing) ?-?bombs|bombs (?:from|away|of truth)
bombing: photo.?bombing|(?:he|she|it|movie|film|jokes?|set|comedian|they|album|monologue|act|is|are|was|keeps?|
    host) bombing|bombing (?:it|the (?:test|audition|comments)|down|forward|up the|on stage)
bombed: (?:joke|jokes|movie|film|set|act|show|sketch|ad|commercial|album|song) (?:\w+ )?bombed|bombed (?:it|the|
    forward|on|my|at|in the (?:box office|ratings))|photo.?bombed
blast: (?:a|having a|such a|full|absolute|total|had a|what a|past) blast|blast from the past|blast(?:ing)? (?:music|
    it|over|wide)
explosion explosions: explosion of (?:joy|noise|emotion|colou?r|flavou?r|pace|talent|love|fun|cheers?|sound|memes|
    creativity|
    taste)|(?:flavou?r|taste|taco|offensive|scoring) explosion
exploded: (?:{_THING}|my (?:mentions|head|phone|brain|mind|heart|notifications)|twitter|internet|timeline|place|bench|
    notifications|mentions) (?:\w+ ){{0,2}}exploded|exploded (?:with|in(?:to)?) (?:joy|cheers?|noise|laughter|song|
    celebration|applause|for)
explode: (?:{_THING}|my (?:mentions|head|phone|brain|mind|heart)|twitter|internet|timeline|place|bench|i|gonna|will|
    about to) (?:\w+ ){{0,2}}explode|explode (?:with|in)
shot: (?:shot (?:clock|selection|attempt|attempts|block|blocker|on (?:goal|target|net)|from|at (?:goal|the rim|
    the buzzer|a three)|put|glass|creator|caller|contest|of (?:the (?:day|night|game)|tequila|espresso|vodka|whiskey|
    a lifetime)|making|taking|maker|wide|over|just|goes|is good|fake|by (?:curry|kyrie|lebron))|(?:long|jump|free|
    slap|head|mug|screen|big|clutch|great|nice|good|bad|what a|first|last|next|best|worst|open|wide.?open|hook|money|
    three.?point|3.?point|vaccine|flu|parting|cheap|take a|tough|game.?winning|winning|bank|tequila|snap|wrist|
    penalty|drop|approach|tee|trick|insane|crazy|ridiculous|that|the|this|his|her|my|a|every|another|
    one) shot)\b(?! (?:dead|and killed|by (?:police|a)))
shots: (?:shots on (?:goal|target)|free shots|big shots|tequila shots|shots (?:from|off target|wide|falling|taken|
    missed|made)|(?:taking|take|hitting|making|missing|missed|made|their|his|our|open|of|more|tough|some|these|those|
    call(?:ing)?|down(?:ing)?|drink(?:ing)?|do(?:ing)?) (?:\w+ )?shots)\b
shooting: shooting (?:guard|foul|fouls|percentage|star|stars|slump|hoops|range|drill|form|touch|boots|night|for|from|
    over|wide|\d+|lights.?out|so|well|better|like|bricks|threes|free|practice|poorly|too)\b|(?:three.?point|3.?point|
    free.?throw|great|poor|good|bad|better|terrible|hot|cold|curry|his|their|our|keep|stop|non|start|just|is|are|been|
    film|photo|movie|video|not|be|from the field) shooting\b(?! (?:at|victim|spree|suspect|rampage|people))
shooter: (?:three.?point|3.?point|pure|streaky|great|good|best|elite|first.?person|sharp|free.?throw|volume|bad|
    lights.?out|knockdown|spot.?up|the greatest|straight|deadly|six) shooters?|shooter (?:of all time|in the league|
    mcgavin|game|mode)|shooters? (?:shoot|gonna shoot)
shooters: (?:three.?point|3.?point|great|good|best|elite|sharp|open|their|our|two|three|of|pure|straight|
    surround\w* (?:him|by)|good) shooters|shooters (?:shoot|on|around|everywhere|in the)
shootout: penalty shoot.?out|shoot.?out (?:win|loss|drill)|three.?point shootout|(?:a|to|in|the|on|go(?:es|
    ing)? to) (?:penalty )?shoot.?out
attack: (?:heart|panic|asthma) attack|(?:counter|fast|flank|midfield|on the|quick|their|our|direct|shark|under|front|
    full|pure|
    team's) ?-?attack\b(?! (?:on (?:the )?(?:people|police|civilians)|victim))|attack (?:the (?:rim|basket|paint|ball|
    space|box|line|hoop|goal|net|defense)|on titan|mode|and defen[cs]e|down|from|with pace|minded|of the clones)
attacks: (?:heart|panic|asthma) attacks|counter.?attacks|attacks the (?:rim|basket|paint|lane|ball|goal)|snack attacks
war: star wars|war (?:eagle|room|of words|cry|paint|machine|horse)|(?:tug|bidding|console|civil|god|price|turf|
    infinity|gears of|prank) ?-?(?:of )?war|warriors
hostage: holding (?:me|us|my \w+|the (?:ball|remote|tv)) hostage
rape: rape ?seed|grape
raped: (?:he|we|they|she|i|you|curry|team|us|getting|got|gets?|being) (?:\w+ )?raped
siege: (?:rainbow six|r6|under) siege|siege (?:mode|engine|perilous)
violence: chose violence|choose violence|woke up and|(?:and i|i) (?:\w+ )?violence
terrorist: terrorist in (?:the kitchen|this house)
massacre: (?:absolute|total|a|this is a) massacre
earthquake: felt like an earthquake|earthquake (?:of noise|in the stadium)
earthquakes: san jose|mls|#quakes
hurricane: hurricane(?:s)? (?:game|win|goal|lose|play|fans|hockey|drink|cocktail|season ticket)|carolina hurricanes?|
    miami hurricanes?
hurricanes: carolina|miami|the u|nhl|#canes
tsunami: tsunami of
cyclone: cyclone (?:racing|fence|fitness)
avalanche: colorado|#goavs|avs|avalanche (?:win|game|goal|fans|of)
storm: storm (?:the (?:pitch|court|field|stage)|chaser|trooper|in a (?:teacup|tea cup)|out of|off)|(?:brain|perfect|
    twitter|shit|desert|by|took \w+ by|take \w+ by|taking \w+ by|seattle|melbourne|dust|fire|
    snow) ?-?storm\b(?! surge)|storm ?troopers?
flood: flood (?:of|the (?:timeline|chat|mentions|gates))|flood ?(?:gates|lights?|light)
flooded: flooded (?:with|my (?:timeline|mentions|inbox|phone))|(?:mentions|timeline|inbox) flooded
flooding: flooding (?:my|the|in with|our) (?:timeline|mentions|inbox|feed|midfield|box)
fire: on fire|(?:is|straight|pure|so|heating|too|under|cease|quick|catch|catching|stream|camp|bon|cross|heart on|
    ball of|sign of the|hot) ?-?fire\b|fire (?:him|them|the (?:coach|manager|ref|refs)|sale|emoji|stick|works?|
    \w+ now|away|truck of)
blaze: blaze (?:pizza|it)|trail.?blaze
inferno: \b(?:dante'?s? inferno|inferno in the stands)
collapse: (?:third|fourth|4th|second|late|epic|historic|monumental|batting|total|complete|defensive|greatest|biggest|
    warriors'?|3-1|another|title|season|typical) (?:\w+ )?collapse|collapse (?:in|of) (?:the )?(?:\w+ )?(?:half|
    quarter|series|finals|team|season|game|batting)|the collapse
collapsed: collapsed (?:laughing|like|in (?:the )?(?:second|fourth|final|last)|under pressure)
shelter: gimme shelter
trapped: trapped (?:the|him|on the|in the corner|by)|trap (?:house|music|queen)
stranded: stranded (?:runners?|on (?:first|second|third|base))|(?:runners?|goalie|keeper|goalkeeper|
    defender) (?:\w+ )?stranded
crash: crash (?:the (?:boards|glass|party|net|site|server|app)|course|bandicoot|diet|out|on (?:the|my) (?:couch|sofa|
    bed)|pad|landing)|(?:party|gonna|app|site|server|sugar|website|to) (?:\w+ )?crash
crashed: crashed (?:the (?:party|server|site|app|boards|app store)|out|on my|into (?:bed|the (?:wall|barrier|gravel|
    back)))|(?:app|site|server|servers|website|phone|laptop|computer|stream|browser|twitter) (?:\w+ )?crashed
crashes: (?:app|site|server|website|phone|laptop|stream|boards) (?:\w+ )?crashes|crashes (?:the|out|
    into (?:the )?(?:wall|barrier))
wreck: (?:train|nervous|emotional|total|absolute|an?) wreck\b|wreck.?it|wreck (?:this|him|them)
missing: missing (?:out|you|the (?:point|party|goal|target|game|start|cut|net)|shots?|open|every|a (?:sitter|trick|
    penalty|layup|chance)|free|from|so|this|that|in action|your|my|his|their|them|him|it|an|easy|all|everything|
    chances|wide|those|three|3|layups|threes|wallet|keys|phone)|(?:am|are|is|been|keeps?|keep|was|were|be|still|i'm|
    you're|we're|he's|they're|kept|what's|what am i|something|anything|stop) missing
sinking: sinking (?:feeling|threes|shots|free|putts?|putt|the)|heart (?:is )?sinking|sinking in\b
sank: sank (?:a|the|it|that|both|his|three|threes|in)
crushed: crushed (?:it|that|them|him|us|ice|my|the|by (?:the )?(?:loss|news about))|(?:i'm|i am|got|get|getting|are|
    feel|so|absolutely|we) crushed|crushed velvet
broke: broke (?:the (?:internet|game|record|news|ice|deadlock|tie|press|story|lights|site|server|app|rules)|my heart|
    his ankles|ankles|up|out|down the|into|a record|records?|even|through|away|free|as|af|boy|bitch|college)|(?:i'm|
    i am|so|im|go|went|going|dead|flat|she|who) broke
broken: broken (?:record|records|play|technology|system|clock|heart|english|glass ceiling|news|app|site|tv|lights?|
    scoreboard)|(?:record|streak|drought|curse|technology|system|tech|clock|light|lights|scoreboard|tv|internet|
    ankles?|heart) (?:\w+ ){{0,2}}broken|heart.?broken
ankle: ankle.?breaker|break(?:ing|s)? (?:\w+ )?ankles?
knee: knee slap\w*|knee deep|knee.?jerk
hurt: (?:won't|wouldn't|can't|couldn't|doesn't|didn't|don't|never) hurt|hurt (?:my (?:feelings|soul|eyes|ears|brain|
    heart)|(?:us|them|their chances|our chances)|so (?:good|much|bad) to (?:watch|see))|that (?:one )?hurt\b
hurts: (?:it|that|this|truth|love|winning|losing|my (?:heart|brain|face|soul|eyes|head|stomach)) (?:\w+ )?hurts|
    hurts (?:to (?:watch|see|say|lose)|so good|my (?:eyes|brain|soul|heart))
pain: pain in the|no pain no gain|growing pains?|house of pain|max pain|pain (?:to watch|train)
dykes: \b(?:lyndon|kevin|sonny|scott|danny|spike|jim|rob) dykes|dykes'?s? (?:has|had|should|could|miss\w*|scor\w*|is|
    was|shot|header|chance|wins?|on|off|with|must|needs?|just|gets?|header|up top|starts?|and|to|at|in|for|through|
    there|that|what|how|flick|\d)|(?:from|to|for|by|and|with|through|on|off|oh|come on|c'mon|unlucky|
    get in) (?:lyndon )?dykes|#?(?:sco|sct|qpr|footballer?|striker)
retarded: retarded (?:time|growth)
monkey: (?:brass|arctic|spider|sea|grease|code|artic|money) monkeys?|monkey (?:island|wrench|bars|business|off)
monkeys: arctic monkeys
coon: maine coon|\bcoon (?:cat|rapids|hound)
nazi: (?:grammar|soup|food) nazi
chink: chink in (?:the|their|his|our) armou?r
savages: (?:these|us|absolute|straight|the yankees) savages
cancer: (?:\w+ (?:is|are|was)|he's|it's|she's|they're|gonna be) (?:a |an |fucking |just |pure |straight |
    like )*cancer\b(?! survivor| free| patient)|giv(?:es?|ing) (?:me|us|everyone) cancer|cancer (?:season|sign|
    horoscope|energy|zodiac)|zodiac|(?:locker.?room|clubhouse|team) cancer
sick: (?:that's|that is|so|is|was|pretty|fucking|just|a|looks?|how|absolutely|straight|what a|really|too|those|these|
    this|damn|it's) sick\b(?! (?:from|after|people|kid|child|in (?:the )?hospital))|sick (?:of|and tired|move|moves|
    dunk|pass|burn|beat|dance|goal|play|shot|handles?|crossover|as|bro|dude|assist|block|finish|skills?|af|day|jersey|
    kicks|one)\b
ill: (?:i|we|you|they|he|she) ?ill\b|ill (?:be|go|take|have|never|just|get|see|let|do|give|tell|still|always|say|try|
    watch|make|wait)\b|ill.?(?:advised|timed|fated|disciplined)
virus: computer virus|virus scan|anti.?virus
poison: poison ivy|pick your poison|poison (?:pill|apple)
stroke: stroke of (?:genius|luck|midnight|brilliance)|shooting stroke|his stroke|back.?stroke|breast.?stroke|
    brush.?stroke|(?:nice|sweet|smooth|beautiful|that) stroke
positive: (?:stay|be|staying|remain|on a|so|very|think|keep it|some|any|only|more|really|a) positive|
    positive (?:vibes?|thinking|start|energy|note|attitude|play|football|thing|side|things|from|for)\b(?! covid)
president: (?:club|fifa|uefa|company|team|real madrid|barcelona|bar[cç]a|league|nba) president|
    president of (?:the )?(?:club|fifa|uefa|football|company|basketball|operations)
race: (?:the|this|a|first|last|every|next|home|wet|championship|title|grand|what a|great|of the|sprint|in a|best|good|
    amazing|his|her|my) race\b(?! (?:is called|called|has been called))|race (?:winner|win|pace|day|weekend|start|car|
    director|control|track|leader|to the|was|weekend)
called: called (?:it|a|the|for|out|on|that|up|him|off|his|back|an|every|by|in|foul|offside|me|us)
vote: vote (?:for (?:player|man|goal|mvp|your fav\w*|best|the best|driver)|motm)|driver of the day|(?:fan|player|motm|
    mvp|all.?star|poll) vote
votes: (?:mvp|motm|fan|all.?star|driver) votes
voted: voted (?:mvp|man of|player|motm|best|driver|for (?:mvp|player|motm|driver))
corruption: corruption in (?:fifa|uefa|football|refereeing)
campaign: (?:ad|marketing|qualifying|euro|title|world cup|season|league|promo|super bowl) campaign|campaign (?:ad|
    slogan)
march: (?:in|of|since|last|until|on|from|to|this|by|early|late|mid) march|march (?:madness|on\b|\d|of the penguins|
    to the (?:finals|title|cup))
rally: rally (?:car|cap|back|towel|driver|caps|possum|from|to (?:win|beat|tie))|(?:comeback|scoring|long|great|
    amazing|a|late|this) rally
powerful: powerful (?:shot|strike|header|dunk|serve|free.?kick|finish|engine|run)
revolution: new england|mls|industrial revolution
movement: (?:ball|off.?ball|player|bowel|his|their|our|no|the) movement
justice: justice league|poetic justice|(?:do|does|did|doing|done) (?:\w+ )?justice|justice winslow
silence: silence (?:the|his|their|that|my|your|our) (?:crowd|critics|doubters|haters|fans|arena|stadium|building|
    phone|home)|silence of the|(?:dead|total|stunned|complete|awkward|radio) silence|silence is golden
anniversary: (?:wedding|happy|our|\d+(?:th|st|nd|rd)|one year|golden|
    work) (?:\w+ )?anniversary\b(?! of (?:the )?(?:attack|death|attacks|bombing|disaster))
honor honour: (?:on|in) (?:honou?r|my honou?r) of (?:game|the (?:game|goal|win|season))|maid of|honou?rs? (?:roll|
    society)
respect: respect (?:to|for|the (?:game|grind|hustle|drip)|my|your|level|on)|mad respect|no respect|(?:all|with|much|
    earn\w*|put some|massive|huge|nothing but) (?:due )?respect
remember: remember (?:when|that|the (?:name|time|titans)|how|to|me|this|him|his|where|i)
tribute: tribute (?:band|act|from the capitol)
church: church (?:street|ill)
pope: (?:dope|nick|kyle|the pope of) pope
faith: (?:in good|keep the|have|no|lost|losing|lose|restore\w*) (?:\w+ )?faith
buy: buy (?:a|me|one|this|these|it|them|tickets|my|him|the (?:dip|shirt|album|jersey|kit)) ?(?!dip)
hold: hold (?:on|up|my|the (?:ball|line|door|lead|phone)|your|him|them|it down)|(?:a|get|grab|took|take|strong) hold
share: share (?:this|your|the (?:ball|love|video)|with|a|if|it)
trade: trade (?:him|for|rumou?rs?|deadline|deal|them|kevin|bait|block|kyrie|love|up)|(?:the|that|a) trade\b
money: (?:money (?:shot|in the bank|ball|time)|(?:so|that's|is|was|automatic|straight|for the|his) money)
market: (?:super|farmers|flea|fish|transfer|christmas|target) ?market|market(?:ing|er)
dump: (?:take a|taking a|trash|garbage|dumpster|dump him|dump (?:it|the ball|off|into|pass))
pump: pump (?:fake|fakes|faked|the|it|up|ed|iron|\w* up)|pump(?:kin)?
cents: (?:my )?(?:two|2|50|fifty) cents|makes cents
coins: (?:fifa|fut|ut) coins
shares: shares (?:a|his|her|the|their|photo|video|that)
guilty: guilty (?:pleasure|conscience|gear)
charges: (?:offensive|draw|drawing|taking|takes) charges?|charges? (?:my|the (?:lane|basket|phone|ball|mound))
charged: charged (?:up|with (?:a foul|the)|my|phone|atmosphere)|fully charged|(?:super|turbo)charged
court: (?:on|off|full|half|down|up|tennis|basketball|center|centre|home|the|across|front|back|mid|inside|food|run|
    both ends of the|entire|end of the|per) ?-?court|court (?:side|vision|sense|awareness|storm)|courtside
trial: (?:time|trial) (?:trial|by fire|and error|run)|free trial|trial and error|cruel.?trial
judge: aaron judge|judge (?:me|a book|not|dredd|judy)|don't judge
jail: (?:horny|bonk|straight to|jail.?break|foul|free throw) jail|jail.?(?:break|house rock)
secret: secret (?:santa|weapon|sauce|ingredient|recipe|garden|life)|top secret|(?:worst|best).?kept
confirmed: confirmed[:!]|(?:it'?s|now) confirmed|confirmed (?:lineup|line.?up|team|xi|goat)|line.?ups? confirmed|
    goat confirmed
false: false (?:start|nine|9|hope|dawn|advertising|flag on)
worst: worst (?:shot|call|ref|team|game|player|dressed|kept|case|pass|miss|foul|flop|defense|offense|half)
waiting: waiting (?:for (?:this|kick|the (?:game|match|next|whistle|lights))|room|to (?:see|exhale|happen|pounce))
delay: delay of game|rain delay
down: down (?:by|the|to|with|for|at|here|on|in|low|under|and|set|\d+|bad|syndrome|south|there|town|pitch)|(?:goes|
    calm|break|get|up and|sit|settle|let|slow|knock|put|come|going|went|falls?|fell|shut|breaks?|hands|touch|step|
    look\w*|lay|lights) (?:\w+ )?down
unable: unable to (?:even|stop|score|clear|handle|finish|contain|breathe|can)
"""


def _read(text: str) -> dict[str, re.Pattern[str]]:
    """`word [word]: pattern` lines."""
    figures: dict[str, re.Pattern[str]] = {}
    for line in whole_lines(text):
        keys, _, pattern = line.partition(": ")
        made = re.compile(rf"\b(?:{pattern})")
        figures.update(dict.fromkeys(keys.split(), made))
    return figures


FIGURES = _read(_FIGURES)
"""Word to the pattern of its harmless uses; looked for in the folded text of the post that holds the word."""
