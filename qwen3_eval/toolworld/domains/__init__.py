"""The domains of the tool world and all their tools, by name."""

from qwen3_eval.toolworld.domains.banking import BANKING
from qwen3_eval.toolworld.domains.calendar import CALENDAR
from qwen3_eval.toolworld.domains.dining import DINING
from qwen3_eval.toolworld.domains.files import FILES
from qwen3_eval.toolworld.domains.home import HOME
from qwen3_eval.toolworld.domains.messages import MESSAGES
from qwen3_eval.toolworld.domains.music import MUSIC
from qwen3_eval.toolworld.domains.shop import SHOP
from qwen3_eval.toolworld.domains.tickets import TICKETS
from qwen3_eval.toolworld.domains.travel import TRAVEL
from qwen3_eval.toolworld.domains.weather import WEATHER

ALL = (BANKING, CALENDAR, DINING, FILES, HOME, MESSAGES, MUSIC, SHOP, TICKETS, TRAVEL, WEATHER)
DOMAINS = {domain.name: domain for domain in ALL}
TOOLS = {tool.name: tool for domain in ALL for tool in domain.tools}
DOMAIN_OF = {tool.name: domain.name for domain in ALL for tool in domain.tools}
