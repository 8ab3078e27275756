"""Words for the evaluation's made-up names, written by hand: of no list that the detector is made from."""

from __future__ import annotations

__all__ = ["ACRONYM_LETTERS", "GENERATOR_WORDS", "PINYIN", "WORDS"]

WORDS: dict[str, tuple[str, ...]] = {
    language: tuple(words.split())
    for language, words in {
        "English": """
            bridge market garage dental school church repair plumbing realty fitness photo
            travel craft kitchen wedding poker crypto invest lawyer insurance garden clinic
            church soccer guitar coffee bakery vintage outdoor logistics solar storage rental
            energy supply studio journal weather football recipes health beauty jewelry motor
            truck yacht fishing hunting knife watch stream movie anime manga games
        """,
        "German": """
            haus garten schule handwerk versicherung steuerberater kirche gemeinde feuerwehr
            werkstatt reisen urlaub ferienwohnung zahnarzt apotheke baeckerei metzgerei
            schreinerei getraenke verein turnverein schuetzen musik jugend freunde bahnhof
            strasse brunnen muehle gasthof landhaus physiotherapie
        """,
        "Dutch": """
            fiets winkel huis tuin bouw schilder verhuur keuken makelaar gezond kinderen opvang
            vakantie boerderij stichting vereniging voetbal brood kaas bloemen schoonheid
            uitvaart wijzer groep advies
        """,
        "French": """
            maison jardin ecole boulangerie voyage assurance avocat mairie immobilier chateau
            vins cuisine bijoux mariage coiffure peinture plomberie association randonnee
            musique culture sante famille soleil
        """,
        "Spanish": """
            casa tienda viajes abogados seguros ropa zapatos muebles cocina comida hotel playa
            escuela noticias deportes fiesta bodas jardines clinica dentista flores juguetes
            ciudad trabajo empleo
        """,
        "Portuguese": """
            loja viagem imoveis advocacia saude beleza moda receita futebol escola curso festas
            casamento brinquedos construcao consultoria negocios dinheiro notebook calcados
        """,
        "Italian": """
            casa negozio viaggi avvocato assicurazione gioielli cucina ristorante agriturismo
            scuola calcio moda scarpe mobili arredamento edilizia vacanze spiaggia formaggi
            pasticceria
        """,
        "Polish": """
            sklep dom ogrod szkola przedszkole warsztat samochody czesci meble okna drzwi budowa
            remonty wczasy noclegi przychodnia stomatolog adwokat ksiegowosc drukarnia szczecin
            wroclaw krakow gdynia zdrowie przepisy wydawnictwo
        """,
        "Finnish": """
            talo kauppa koulu matka ravintola hammas lakiasiain vakuutus urheilu seura yhdistys
            puutarha keittio rakennus maalaus huolto jyvaskyla hyvinkaa kylpyla mokki tyokalu
            sahko
        """,
        "Czech": """
            obchod dum zahrada skola stavby opravy auto dily nabytek okna penzion ubytovani
            lekarna zubar ucetnictvi kvetiny svatba fotbal hasici
        """,
        "Turkish": """
            ev insaat emlak otel tatil okul sigorta avukat saglik haber oyun yemek mobilya giyim
            cicek nakliyat kargo temizlik bahce guzellik
        """,
        "Indonesian": """
            rumah toko murah jual beli sewa mobil motor wisata kuliner berita sehat cantik
            sekolah belajar kerja usaha bandung surabaya
        """,
        "Japanese": """
            sakura yama kawa shinbun ryokan onsen sushi kenko fudosan hoken kaigo juku yoyaku
            tsuhan zeirishi bengoshi seikotsu biyou shigoto tenshoku
        """,
        "Russian": """
            magazin dom stroy remont okna dveri mebel avto zapchasti novosti pogoda kino muzyka
            zdorovie krasota turizm otdyh shkola knigi podarki svadba yurist
        """,
        "Hungarian": """
            bolt haz kert iskola autoszerviz szallas utazas biztosito ugyved fogorvos konyv
            virag eskuvo epites festes szekszard nyiregyhaza gyogyszertar
        """,
        "Welsh": """
            ysgol eglwys cymru llyfrau caffi gwyliau bwyd tywydd cwmni ffermwyr chwaraeon
            llanelli
        """,
    }.items()
}

PINYIN = tuple(
    """
    zhong guo xin wen shang hai bei jing cai piao yi liao jiao yu che fang chan qiche shou ji
    dian nao ying shi yin yue tian qi lv you jia ju zhuang xiu hun sha mei rong jian kang bao
    xian tou zi gu piao qian
    """.split()  # noqa: SIM905  (a list would take a line a word)
)

# First letters of words in names of institutions, about as frequent as they are.
ACRONYM_LETTERS = "aaaabbbccccccdddeeffgghhiiiijkllmmmnnnnoppprrsssssttttuuvwx"

# What the family that joins words has built in; a list of its own.
GENERATOR_WORDS = tuple(
    """
    above action advance afraid against airplane almost alone already although always amount
    anger angry animal another answer appear around arrive article attempt banker basket battle
    beauty became because become before begin behind being believe belong beside better between
    beyond bicycle board borrow bottle bottom branch bread bridge bright bring broad broken
    brought brown building built business butter captain carry catch caught century chair chance
    character charge chief childhood choose church circle class clean clear close clothes cloud
    coast college company complete condition consider contain continue control corner cotton
    could count country course cover cross crowd daughter decide degree delight demand desire
    destroy device difference different difficult dinner direct discover distance distant divide
    doctor dollar double doubt dress drive during early earth effort either electric else enemy
    engine english enjoy enough
    """.split()  # noqa: SIM905  (a list would take a line a word)
)
