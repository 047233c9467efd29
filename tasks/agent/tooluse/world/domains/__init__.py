"""The domains of the tool world and all their tools, by name."""

from .banking import BANKING
from .calendar import CALENDAR
from .dining import DINING
from .files import FILES
from .home import HOME
from .messages import MESSAGES
from .music import MUSIC
from .shop import SHOP
from .tickets import TICKETS
from .travel import TRAVEL
from .weather import WEATHER

ALL = (BANKING, CALENDAR, DINING, FILES, HOME, MESSAGES, MUSIC, SHOP, TICKETS, TRAVEL, WEATHER)
DOMAINS = {domain.name: domain for domain in ALL}
TOOLS = {tool.name: tool for domain in ALL for tool in domain.tools}
DOMAIN_OF = {tool.name: domain.name for domain in ALL for tool in domain.tools}
