"""How people say what is worth keeping, and what is not: the words that rules.py goes by.

All are matched with straight apostrophes and in any case.
"""

import re


def said(phrases: str) -> re.Pattern[str]:
    """Make a pattern of phrases that `|` parts, however the lines are broken.

    Blanks around a `|` do not count.
    """
    return re.compile(rf"\b(?:{_joined(phrases)})\b", re.IGNORECASE)


def begun(phrases: str) -> re.Pattern[str]:
    """Make a pattern of phrases that stand at a beginning."""
    return re.compile(rf"(?:{_joined(phrases)})\b", re.IGNORECASE)


def _joined(phrases: str) -> str:
    return "|".join(" ".join(one.split()) for one in phrases.split("|"))


# What may stand before a statement and says nothing.
LEADING = re.compile(
    r"(?:(?:"
    + _joined("""
    hey|hi|hello|ok|okay|so|well|oh|ah|yes|yeah|no|right|thanks|thank you|great|perfect|cool|also
    |and|but|btw|by the way|just so you know|fyi|for the record|heads[ -]up|quick note
    |one more thing|small correction|correction|update|note|please note|important|sophia|actually
    |sorry|for context|context|good to know|before i forget|for your information|team news
    """)
    + r")\b[,:;.!-]*\s+)+",
    re.IGNORECASE,
)
ASKED = re.compile(
    r"(?:(?:please|pls|can you|could you|would you|i want you to|i'd like you to) )*"
    r"(?:remember|keep in mind|bear in mind|note(?: down)?|(?:make|take) a note|don't forget"
    r"|do not forget|memori[sz]e|write (?:this |that )?down|(?:save|store) this)"
    r"(?: for (?:me|us|later|next time|the future))?(?: this| the following)?"
    r"(?:\s*[:,-]\s*|\s+that\s+|\s+)(?P<fact>\S.*)",
    re.IGNORECASE,
)
POINTING = re.compile(
    r"(?:please )?(?:remember|save|store|keep|note) (?:this|that|it)(?: please| in mind| down| too"
    r"| for .{1,30})?[.!]?",
    re.IGNORECASE,
)
POINTS_BACK = begun("this|that|it|these|those|them|what|how|to|when|where|which|whether|if")
QUESTION = begun("""
    (?:what|when|where|who|whom|whose|which|why|how|is|are|was|were|do|does|did|has|have|had|can
    |could|should|shall|will|would|may|am)(?:'s|'re|n't)? (?:i|we|you|they|he|she|it|the|a|an|our
    |my|your|this|that|there|these|those|to|is|are|many|much|long|often|do|does|did|happens|about)
    |what's|who's|where's|any idea|anybody know|anyone know|any chance|any news
""")
REQUEST = begun("""
    please|pls|kindly|(?:can|could|would|will) you|let's (?:see|look|check|try|start|discuss|talk)
    |let me|i need|i want|i'd like|(?:show|tell|give|find|list|get|open|create|make|write|draft|fix
    |check|run|add|delete|remove|explain|summari[sz]e|translate|help|look|search|compare|review
    |rename|send|post|deploy|restart|start|stop|launch|terminate|close|merge|update|generate|build
    |try|test|refactor|convert|plan|suggest|propose|describe|estimate|analy[sz]e|pull|fetch|print
    |count|sort|move|go|do|put|set|assign|ping|ask|schedule|cancel|revert|roll|forget|read|think
    |imagine|suppose|pretend|wait|see|here|good|nice|hmm+|ugh|wow|lol|haha)(?! (?:is|are|was|runs))
""")
UNSURE = said("""
    maybe|perhaps|probably|possibly|might|may be|may have|may need|could|would
    |i (?:guess|think|suppose|wonder|doubt|hope|wish|assume|bet|feel like|believe)|not sure|unsure
    |no idea|i don't know|if only|what if|imagine|suppose|hypothetical
    |hypothetically|say we|for example|e\\.g|let's say|considering|thinking (?:about|of)|looks like
    |seems?|apparently|supposedly|rumou?rs?|kidding|joking|jk|should (?:we|i)|not decided|undecided
    |haven't decided|still discussing|in theory|someday|one day|according to
""")
# What opens a sentence that states nothing.
SUPPOSING = begun("""
    maybe|perhaps|suppose|imagine|what if|if only|if (?:we|i) (?:ever|had|could)|i (?:guess|wonder)
    |i would guess|it would be|let's say|say we|hypothetically
""")
# What is so just now, and will not be when it is read again.
PASSING = said("""
    right now|at the moment|just now|this (?:morning|afternoon|evening|minute|second)|tonight
    |today|yesterday|(?:minutes?|moment|seconds?|hours?) ago|again
    |keeps? (?:failing|crashing|throwing)
    |i'm (?:stuck|confused|lost|tired|hungry|trying|looking|getting|seeing|running|back|off|done
    |happy|sorry|glad|afraid|about to|going to|here|writing|reading|wondering|debugging|testing)
    |i (?:just|was|got|get|see|tried|ran|did|have to|found|noticed|pushed|merged|fixed|forgot|had
    |made|wrote|opened|closed|restarted|spent|saw|missed|lost|broke|can't|cannot|couldn't)
    |(?:is|are|was|were) (?:broken|down|failing|slow|red|green|stuck|crashing|late|flaky|weird
    |wrong|ready|done|finished|great|fine|good|nice|bad|annoying|funny|running|full|back)(?! (?:on
    |at|in|from|until|by))
    |(?:doesn't|don't|didn't|does not|do not|did not) (?:work|compile|start|build|load|help|respond
    |pass)
    |throws?|threw|fails?|failed|crashed|timed out|returned|stopped working|got merged|traceback
    |exception|in a (?:minute|bit|moment|sec|second)|soon|brb|lunch|coffee|weather
    |bugs?|failures?|crash(?:es)?|(?:an|the|this|that) error|\\d+ errors|blocked
    |needs? (?:a )?review|waiting for|on (?:the|my) (?:way|train|bus|phone)
    |the (?:function|method|class|variable|component|button|page|test|query)
    (?:takes|returns|has|is|does|shows|prints|needs)
""")
DECIDED = said("""
    (?:we|we've|we have|the team|i|management|they) (?:(?:all|both|finally|just|now) )?(?:decided
    |agreed|settled on|chosen|picked|chose|voted|concluded|approved)|decision
    |signed off|was approved|has approved|(?:we're|we are) (?:going|sticking|staying) with
    |let's (?:go with|use|stick with|stick to|keep|switch to|drop|make it|call it
    |never|always)|from now on|going forward
    |from (?:next|this) (?:week|month|sprint|quarter) on|as of|starting (?:next|this|on|in|monday
    |tuesday|wednesday|thursday|friday)|(?:we'll|we will) (?:(?:only|always|never|all) )?(?:use
    |go with|move|migrate|switch|drop|keep|stop|start|support|host|deploy|ship|release|pay|store
    |stay|remove|retire|sunset|freeze|run)
""")
CHANGED = said("""
    no longer|not .{1,30} any ?more|any ?more|instead of|replaced|renamed|switched|migrated|moved
    |changed|is now|are now|now (?:is|are|runs|lives|uses?|goes|takes|has|at|on)
    |(?:runs|lives|owns|leads|handles|uses|use|deploy|release|happens|costs?) .{0,40}now|dropped
    |retired|deprecated|took over|takes over|taking over|has left|have left|left the (?:team
    |company)|joined|stopped [a-z]+ing|(?:is|are) .{1,40} now|got rid of|shut down
    |decommissioned|postponed|pushed (?:back )?to
    |brought forward|(?:raised|lowered) (?:to|from)|increased to|reduced to|used to
    |(?:raised|lowered|increased|reduced|extended|postponed) the|, not [\\w:]+
""")
PREFERRED = said("""
    i (?:(?:really|strongly|much|always|usually|generally|never|only|personally) )*(?:prefer|like
    |love|hate|dislike|use|work|read|drink|eat|deploy|review|write|code|avoid)
    |call me|my name is|i go by|i'm allergic|i am allergic|my pronouns
    |(?:always|never|don't ever) (?:use|write|answer|reply|give|send|add|include|call|suggest
    |format|show|put|push|merge|deploy|ask|ping|page|schedule|touch|delete|commit|start|keep|spell
    |quote|run|book|mention)
    |(?:answer|reply|write|respond)(?: to)?(?: me)? (?:in (?:german|english|french|spanish|italian
    |dutch|portuguese|polish|bullets?|bullet points)|short|briefly)|keep (?:answers|replies) .+
    |my (?:favou?rite|preferred)
""")
ROLE = said("""
    (?:i'm|i am) (?:the|a|an|based|from|responsible|in charge|on call|leading|part of|vegetarian
    |vegan|left-handed|colou?r[- ]?blind|(?:in|on) the [\\w ]{2,30} team)
    |i (?:work|live|own|lead|manage|maintain|handle|look after|report to|speak|sit)
""")
OWNED = said("""
    owns|leads|maintains|manages|handles|looks after|takes care of|is responsible|are responsible
    |is in charge|is on call|are on call|is the|is our|reports to|works (?:on|at|in|for|from|with)
    |is based|lives in|approves|signs off|reviews|is away|is on (?:leave|holiday|vacation|parental
    |sabbatical)|goes by|prefers|speaks|birthday
""")
STANDING = said("""
    is|are|isn't|aren't|has|have|runs?|lives?|sits?|uses?|takes?|costs?|lasts?|expires?|ends?
    |starts?|begins?|happens?|belongs?|goes|go|needs?|requires?|listens?|points?|contains?|holds?
    |means|stands for|allows?|supports?|deploys?|releases?|ships?|meets?|pays?|renews?|keeps?
    |stores?|sends?|closes?|opens?|follows?|depends?|reads?|writes?|serves?|must|may not|cannot
    |can't|should(?:n't| not)?|builds?|pins?|rotates?|hosts?|tags?|branch(?:es)?|rebases?
    |squash(?:es)?|logs?|caches?|retries|retry|calls?|limits?|caps?|bills?|don't|do not|doesn't
    |works?|affects?|forbids?|covers?|includes?|replaces?|ignores?|rejects?|accepts?
""")
TOPIC = re.compile(
    r"(?:the|our|my|all|every|each|we|both|no|only|any|on|in|for|to|at|before|after|when"
    r"|[a-z]+ing|there's|there (?:is|are))\b|[A-Z0-9`][\w./#@-]*",
    re.IGNORECASE,
)
# What somebody does as a rule.
HABIT = begun("""
    we (?:(?:only|always|never|all) )?(?:use|squash|rebase|merge|tag|pin|store|deploy|release|ship
    |write|review|branch|log|cache|host|pay|keep|send|support|test|sign|rotate|run|build|publish)
    |(?:our|my) [\\w-]+(?: [\\w-]+)? [a-z]+s
""")
POINTS_AT = said("""
    (?:keep|use|drop|do|go with|switch to|make|run|deploy|release|ship|move|stop|start)
    (?:it|that|this|them|those|one)
""")
VAGUE = begun("""
    it|this|that|they|he|she|these|those|which|who|something|everything|nothing|someone
    |somebody|it's|that's
""")
# What makes a statement say more than a remark: a number, a name, a path, a time.
SPECIFIC = re.compile(
    r"\d|`[^`]+`|\w[-_./:#@]\w|(?<=\s)[A-Z][\w-]+|(?i:\b(?:"
    + _joined("""
    (?:mon|tues|wednes|thurs|fri|satur|sun)days?|daily|weekly|monthly|quarterly|nightly|hourly
    |yearly|annually|noon|midnight|always|never|only|every|each|two|three|four|five|six|seven|eight|nine|ten|first|last|twice|once|all|must
    |production|staging|(?:built|made|written|done|run|signed|reviewed) (?:with|in|by)|called|named
    """)
    + r")\b)"
)
DAY = said(r"""
    jan(?:uary)?|feb(?:ruary)?|march|april|may \d|june|july|aug(?:ust)?|sept?(?:ember)?
    |oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)
""")
EVENT = said("""
    launch|release|deadline|freeze|audit|migration|demo|conference|off ?site|renewal|expires?|ends
    |goes live|contract|birthday|maintenance|retro|kick-?off|holiday|vacation|starts|go-live
    |outage|meeting|review|workshop|opens
""")
PROCEDURE = re.compile(
    r"(?:to|before|after|when(?:ever)?|in case of|for) .{3,80}?,? (?:you (?:need|have) to|you must"
    r"|we|run|use|call|ask|do|first|always|set|open|restart|page)\b",
    re.IGNORECASE,
)
