import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.questions.spamtrap.mailbox_providers import PROVIDERS, Near, near

# What people type, and what they meant.
TYPING_ERRORS = {
    "gmail.com": (
        "gmial.com mgail.com gmai.com gmil.com gmal.com gamil.com gmaill.com ggmail.com gmaiil.com gnail.com "
        "gmsil.com gmaik.com gmqil.com gmali.com g-mail.com gmail1.com gemail.com gmail.con gmail.cm "
        "gmail.co gmail.om gmail.cmo gmail.comm gmail.vom gmail.cim gmail.ocm gmail.ne gmail.org gmail.fr "
        "gmial.con gmai.cm gmailcom.com gmailc.om gmailcom wwwgmail.com gmail"
    ),
    "googlemail.com": (
        "googlmail.com gogglemail.com gooogelmail.com googlemial.com goolemail.com googlemal.com "
        "googlemail.de"
    ),
    "hotmail.com": (
        "hotmial.com hotmal.com hotmai.com hotmil.com homail.com hotnail.com hormail.com otmail.com "
        "hotmaill.com hotmail.con hotmailcom.com htomail.com"
    ),
    "hotmail.fr": "hotmial.fr hotmai.fr hotmal.fr",
    "hotmail.co.uk": "hotmial.co.uk hotmailcouk",
    "outlook.com": ("outlok.com outloook.com otulook.com outllok.com outook.com oulook.com outlook.con"),
    "yahoo.com": "yaho.com yahooo.com yhaoo.com yaoo.com yahho.com yahoo.con yahoo.cm yahho.com",
    "yahoo.fr": "yaho.fr yahooo.fr",
    "icloud.com": "iclod.com icoud.com iclould.com icloud.co",
    "protonmail.com": "protonmial.com prtonmail.com protnmail.com protonmai.com",
    "aol.com": "aol.con aol.cm",
    "msn.com": "msn.con",
    "live.com": "live.con live.cm",
    "me.com": "me.con",
    "qq.com": "qq.con",
    "163.com": "163.con",
    "web.de": "web.dde web.ed",
    "gmx.de": "gmx.dde gmx.d",
    "t-online.de": "tonline.de t-onlin.de t-onlne.de",
    "freenet.de": "frenet.de freenet.dee",
    "orange.fr": "orang.fr ornage.fr orange.rf",
    "wanadoo.fr": "wandoo.fr wanado.fr wanadoo.f",
    "laposte.net": "lapost.net laposte.ney",
    "libero.it": "libro.it libero.itt",
    "yandex.ru": "yandx.ru yanex.ru",
    "mail.ru": "mail.rru",
    "comcast.net": "comcas.net concast.net comcast.ner comast.net",
    "verizon.net": "verzon.net verizon.nt",
    "sbcglobal.net": "sbcgobal.net sbcglobl.net sbglobal.net",
    "bellsouth.net": "belsouth.net bellsoth.net",
    "btinternet.com": "btinternt.com btintrnet.com btinternet.con",
    "optusnet.com.au": "optusnet.co.au optsnet.com.au",
    "rediffmail.com": "rediffmal.com redifmail.com",
    "seznam.cz": "sezam.cz seznam.czz",
}
# Short and regional ones: one slip, and private mail all the same.
SHORT = {
    "aol.com": "aokl.com aoll.com aol.co al.com",
    "163.com": "1633.com",
    "abv.bg": "abbv.bg avb.bg",
    "wp.pl": "wpp.pl",
    "web.de": "webb.de wweb.de",
    "seznam.cz": "seznm.cz",
    "freemail.hu": "fremail.hu",
    "uol.com.br": "uoll.com.br uol.co.br",
    "docomo.ne.jp": "docmo.ne.jp",
    "ukr.net": "ukrr.net",
    "telia.com": "tellia.com telja.com",
    "nifty.com": "niffty.com nitfy.com",
    "oi.com.br": "oii.com.br",
    "globo.com": "glbo.com",
}
# Of providers that few have their mail at: a key missed, hit twice, one beside, two swapped.
OF_FEW = {"music.com": "musicc.com muic.com musuc.com muskic.com muisc.com", "looksmart.com": "looksmsrt.com"}
ALL = TYPING_ERRORS | SHORT | OF_FEW
NO_TYPING_ERRORS = """
    mailer.com webmail.de hotel.com hostmaster.com outlet.com freemails.org
    web.dk web.info free.ru freedom.fr me.uk orange.com orange.info
    charter.org rogers.net comcast.org shaw.com sky.de live.xyz
    skynet.com internet.com planet.com protein.com liberty.it yahweh.org
    nydc.com nyt.com beer1.com wehe.com box.com
    emusic.com mosic.com musicz.com usic.com lnksmart.com linksmart.com
    example.com invented-company.com mail.example.com xn--gml-hoa.net
"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(each, meant) for meant, typed in ALL.items() for each in typed.split()],
)
def test_a_typing_error_tells_the_provider_that_was_meant(typed, meant):
    found = near(f"{typed}.")
    assert found is not None
    assert found.provider == f"{meant}."
    assert found.distance > 0


@pytest.mark.parametrize(
    ("typed", "distance"), [("gmail.com", 0), ("gmial.com", 1), ("gooogelmail.com", 2), ("gmial.con", 2)]
)
def test_how_near_is_told_in_slips(typed, distance):
    assert near(f"{typed}.").distance == distance


@pytest.mark.parametrize("domain", NO_TYPING_ERRORS.split())
def test_a_name_of_its_own_is_no_typing_error(domain):
    assert near(f"{domain}.") is None


def test_a_provider_is_its_own_answer():
    assert len(PROVIDERS) > 4000
    for provider in PROVIDERS:
        assert near(provider) == Near(provider, 0)


@pytest.mark.parametrize("provider", ["gmail.com", "abv.bg", "163.com", "mailbox.org", "tutanota.com"])
def test_known_providers_are_there(provider):
    assert f"{provider}." in PROVIDERS


@given(st.text(max_size=1004))
def test_any_text_may_be_asked_about(domain):
    found = near(domain)
    assert found is None or found.provider in PROVIDERS
