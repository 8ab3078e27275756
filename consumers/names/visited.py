"""Names that people meant to type: the sites most visited, and the ends of names. Pure.

Nothing here is about who asks: a slip of a finger is told by how near a name is to one that half of the world
visits. Near is one letter lost, added, exchanged or swapped with the next; names of less than `SLIP_MIN`
letters have too many words beside them.
"""

from __future__ import annotations

from functools import cache, lru_cache

from nxcast.consumers.names.domains import known_suffix

__all__ = ["WEB", "is_mistyped_site", "is_mistyped_suffix"]

# Labels of the sites that most people visit, by common knowledge, as of November 2026.
_SITES = (
    "accuweather adobe airbnb alibaba aliexpress allegro amazon apple archive baidu bbc bestbuy bilibili "
    "bing blogger booking canva chatgpt cloudflare cnn coinbase craigslist dailymail deepl discord disney "
    "dropbox duckduckgo ebay espn etsy expedia facebook fandom figma flickr flipkart forbes github gitlab "
    "globo google guardian homedepot huffpost ikea imdb imgur indeed instagram intuit kickstarter "
    "leboncoin linkedin lowes marca mediafire medium mercadolibre microsoft mozilla msn myspace netflix "
    "nike nytimes office olx openai outlook paypal pinterest playstation quora rakuten reddit reuters "
    "roblox salesforce samsung shopify skype slack slideshare soundcloud spotify stackoverflow steam "
    "steamcommunity steampowered target taobao telegram temu tiktok tmall tripadvisor trello tumblr "
    "twitch twitter udemy usps vimeo vkontakte walmart weather weibo whatsapp wikihow wikipedia windows "
    "wordpress yahoo yandex yelp youtube zalando zillow zoom"
)
SITES = frozenset(_SITES.split())
# And of the mailbox providers that most people write to, each on a page of its own.
_MAILBOXES = (
    "126 163 aim alice aliyun aol arcor att bellsouth bigpond bk bluewin blueyonder bol btinternet centrum "
    "charter club-internet comcast cox daum earthlink fastmail foxmail free freenet gmail gmx googlemail "
    "hanmail hetnet home hotmail icloud ig inbox interia inwind juno kpnmail laposte libero list live mac "
    "mail me nate naver neuf ntlworld o2 onet op optonline optusnet orange poczta proton protonmail qq "
    "rambler rediffmail roadrunner rocketmail rogers sbcglobal seznam sfr shaw sina sky skynet sohu "
    "sympatico t-online talktalk telenet telus terra tin tiscali tuta tutanota ukr uol verizon virgilio "
    "virginmedia wanadoo web windowslive wp xs4all ya ymail ziggo zoho zohomail"
)
MAILBOXES = frozenset(_MAILBOXES.split())
SLIP_MIN = 5  # characters of a site's label

# Ends of names that are most typed, and that a slip of which is no top-level domain.
_SUFFIXES = ("com", "net", "org", "info", "gov", "edu")

# What people type before a site's name in a hurry, for www.
WEB = frozenset(
    ("http.", "https.", "ww.", "wwe.", "wwww.", "www.www.", "wwww.www.", "ww2w.", "wwwww.", "w.", "qww.")
)
_STUCK = ("www", "https", "http")  # without the dot: wwwexample.com.


def is_mistyped_site(label: str) -> bool:
    """Whether the label of a registrable domain is a slip of a site's or a mailbox provider's."""
    slipped = label in _site_slips() or _stuck(label)
    return slipped and label not in SITES and label not in MAILBOXES


def is_mistyped_suffix(name: str) -> bool:
    """Whether the end of a name is a slip of one that is known: con., cmo., ocm.; of two labels or more."""
    end = name.rstrip(".").rpartition(".")[2]
    return name.count(".") > 1 and _is_near_suffix(end)


@cache
def _suffix_slips() -> frozenset[str]:
    return frozenset(slip for suffix in _SUFFIXES for slip in _slips(suffix))


@lru_cache(4096)
def _is_near_suffix(end: str) -> bool:
    return end in _suffix_slips() and not known_suffix(f"{end}.")


def _stuck(label: str) -> bool:
    return label.startswith(_STUCK) and any(
        label.removeprefix(stuck).lstrip("-") in SITES for stuck in _STUCK
    )


@cache
def _site_slips() -> frozenset[str]:
    """All labels that are one slip from a site's or a mailbox provider's: 95,000, 10 MB."""
    return frozenset(slip for site in SITES | MAILBOXES if len(site) >= SLIP_MIN for slip in _slips(site))


def _slips(word: str) -> set[str]:
    """Words that are one letter lost, added, exchanged, or swapped with the next from this one."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    lost = {left + right[1:] for left, right in splits if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    exchanged = {left + letter + right[1:] for left, right in splits if right for letter in letters}
    added = {left + letter + right for left, right in splits for letter in letters}
    return (lost | swapped | exchanged | added) - {word}
