"""Whether a text begins with a verb.

The reference asks NLTK's perceptron tagger, whose weights are in no package; here the first word decides by its form,
and where it may be a noun as well, the word behind it.
"""

from __future__ import annotations

from itertools import islice

from qwen3_eval.api import instructions

# Forms that are verbs where a sentence begins with them.
VERBS = frozenset(
    (
        "abandon absorb accelerate accept accommodate accompany accomplish achieve acknowledge acquire activate "
        "adapt add adhere adjust administer admit adopt advise advocate afford agree align allocate allow alter am "
        "amplify analyse analyze announce anticipate apologize appear apply appoint appreciate approve are argue "
        "arise arrange arrive articulate ask assemble assert assess assign assist assume assure attach attain "
        "attend attract automate avoid await bake be bear became become been befriend beg began begin begun behave "
        "believe belong bend beware bind bite blend bless boil bolster borrow bother bought breathe bring broaden "
        "brought browse build built bury buy calculate calibrate came capitalize capture carry carve categorize "
        "caught cease celebrate chew choose chop chose circulate cite clarify classify cleanse climb cling "
        "collaborate collect combine come commemorate commence commit communicate compare compete compile complain "
        "comply compose compress comprise compute conceal conceive concentrate conclude condense conduct confess "
        "configure confirm confront confuse connect conquer conserve consider consist consolidate constitute "
        "construct consult consume contain contemplate continue contribute convene converge convert convey convince "
        "cooperate coordinate cope correlate correspond counteract create criticize cultivate customize dare debug "
        "decide declare decode decorate decrease dedicate deduce deepen defend define defy delegate delete deliver "
        "demonstrate deny depend depict deploy derive descend describe deserve destroy detect determine develop "
        "deviate devise devote diagnose did differ differentiate dig digest diminish disable disappear disclose "
        "discover discuss dismiss disregard dissolve distinguish distribute diversify divide do does donate done "
        "drag drew drove dwell earn eat educate elaborate elevate eliminate embark embed embody embrace emerge emit "
        "emphasize employ empower emulate enable encapsulate encompass encounter encourage endeavor endure enforce "
        "engage engrave enhance enjoy enlist enrich enroll ensure entail enter entertain envision equip eradicate "
        "establish evaluate evolve examine exceed exclude execute exemplify exist expand expect explain explore "
        "expose express extend extract facilitate fail fasten feel fell felt fetch fill finalize find fly follow "
        "forbid foresee forge forget forgive formulate foster freeze fulfill gather gave generate get give given go "
        "got govern grab grant greet grew grind grow guarantee had hang happen harness has hate have hear heed held "
        "hesitate hide identify ignite ignore illuminate illustrate imagine imitate immerse implement imply impose "
        "improve incorporate incur indicate induce infer inflate inform infuse inherit inhibit initialize initiate "
        "inject innovate inquire insert insist inspect inspire install instantiate instill instruct integrate "
        "intend interact interpret introduce invent invert invest investigate involve is isolate iterate join "
        "justify keep kept knew knit know launch learn leave lend let liberate listen locate lose maintain make "
        "manage manipulate maximize meditate meet melt memorize mention merge migrate minimize mitigate mix modify "
        "motivate multiply navigate neglect negotiate normalize notify nurture obey observe obtain occur omit "
        "operate opt optimize orchestrate organize originate overcome oversee owe participate perceive perform "
        "persist persuade ponder portray possess postpone pour pray precede predict prefer prepare preserve prevent "
        "prioritize proceed proclaim procure produce prohibit promote propose protect prove provide pull pursue put "
        "quantify quit react realize reap reassess rebuild recall receive recite recognize recommend reconcile "
        "reconsider reconstruct recover recruit reduce refer refine reflect refrain reframe refuse regain register "
        "regulate reiterate reject rejoice relate relax relocate rely remain remember remind remove render "
        "reorganize repair repeat repent rephrase replace replicate represent reproduce resemble reside resist "
        "resolve respond restart restore restrict resume retain rethink retrieve reuse reveal revise revisit "
        "revolutionize rewrite rinse roast said sat satisfy save scrutinize see seek seem seen select sell send "
        "serve sew shine shrink shut simmer simplify simulate sing sit solve speak specify spend spoke sprinkle "
        "steer stimulate stir stood streamline strengthen strive submit subscribe substitute subtract succeed "
        "suffer suggest suit summarize supervise suppose surround survive suspend sustain swear swim synthesize "
        "take taken teach tell terminate thank think thrive throw told took transcend transform translate transmit "
        "try uncover undergo underscore understand undertake unfold unify unite unleash unlock unravel unveil "
        "uphold upload urge use utilize vacate validate vary venture verify visualize want warn was wash weave went "
        "were whisk worry wrap write written wrote"
    ).split()
)
# Forms that are as often a noun or an adjective: verbs before an object or a particle.
OFTEN_NOUNS = frozenset(
    (
        "account act answer appeal approach attack attempt audit average balance bet block break broadcast brush "
        "burn call cast catch cause challenge change charge check claim clean click close collapse comment "
        "complement compost cook cool copy correct cost count cover craft cross cut cycle dance date deal debate "
        "decline delay design direct display dive document double doubt draft draw dress drink drive drop edit "
        "empty exchange exercise experience experiment face fall fear feed fight fit fix flip flow focus fold force "
        "form found frame free function gain graph grasp grill guide hammer hand head heat help highlight hire hit "
        "hold honor hope import increase index influence interest invite invoice iron issue judge jump kick knock "
        "label land lead level leverage lie limit line link list live load lock look love mail map mark mask match "
        "mean measure mind monitor mount move nail name need note notice object offer open order outline own pack "
        "paint park pass pattern pause pay peel pepper permit phone pick picture pilot pin place plan plant play "
        "plot plug point position post practice praise present press process profile program project promise pump "
        "purchase push question quote race raise rank rate reach read reason reboot record report request rescue "
        "research respect rest return review reward ride ring risk roll rule run rush salt sample saw say scale "
        "scan schedule score screen seal search secure segment set shape share shed shift ship shop shout show sign "
        "signal sketch sleep slice slide slow smile sort sound source space spin split spot spread stamp stand "
        "start state stay step stick stop store stream stress stretch strike structure study style sum supply "
        "support surprise survey suspect swap sweep switch tackle tag talk tap target taste tend test thought tie "
        "time top toss touch tour trace track trade train transfer transport travel treat trim trust tune turn "
        "twist type update upgrade value video view visit voice vote wait wake walk warm waste watch water wear "
        "weigh welcome whip whisper win wish witness wonder work yield zoom"
    ).split()
)
# What stands behind a verb rather than behind a noun.
BEHIND_VERBS = frozenset(
    (
        "a about all an and another any around away back both by deep down each every everything for forward her "
        "his how if in inside into it its just me my no off on one our out over some something that the their them "
        "these this those through time to together two up upon us what where whether which with within your "
        "yourself"
    ).split()
)
# Words in -ing and -ed that are none.
NO_VERBS = frozenset(
    (
        "anything bed ceiling darling during evening everything feed hundred indeed king morning nothing offspring "
        "purebred red ring sacred seed sibling something speed spring string thing united wedding wing"
    ).split()
)
ENDINGS = ("ing", "ed")


def begins_with_verb(response: str) -> bool:
    """Whether the first token is a verb, in any form but that of the third person; a modal verb is none."""
    first, following = [*(token.lower() for token in islice(instructions.word_tokens(response), 2)), "", ""][:2]
    if first in OFTEN_NOUNS:
        return following in BEHIND_VERBS
    formed = first.isalpha() and first.endswith(ENDINGS) and len(first) > 4
    return first in VERBS or (formed and first not in NO_VERBS)
