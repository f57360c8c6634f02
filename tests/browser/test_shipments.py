"""Shipments in a browser: made, packed and sealed at the clinic, unpacked at the bench, by scanner."""

from playwright.sync_api import expect

from tests.house import RIVERA


def tube(clinic, mrn):
    return clinic.house.collect(patient=RIVERA | {"mrn": mrn})["specimens"][0]["number"]


def count(clinic, **wanted):
    for name, number in wanted.items():
        expect(clinic.page.get_by_test_id(name)).to_have_text(str(number))


def test_a_bag_goes_from_the_chair_to_the_bench_by_scanning(clinic):
    page, one, two = clinic.page, tube(clinic, "P1"), tube(clinic, "P2")
    clinic.sign_in("collector")
    clinic.go("/")
    page.get_by_role("link", name="Shipments").click()
    page.get_by_label("To (if known)").select_option("Lab bench")
    page.get_by_role("button", name="Bag").click()
    clinic.says("Scan the first tube to put into this bag.")
    bag = page.url.rpartition("/")[2]
    seal = page.get_by_role("button", name="Seal it")
    take = page.get_by_role("button", name="I take it")
    expect(seal).to_be_hidden()
    expect(take).to_be_hidden()
    for number in (one, two):
        clinic.scan(number)
        clinic.answers(f"{number[:4]} {number[4:8]} {number[8:]} is in this shipment.")
    clinic.says("Scan the next tube, or seal it and hand it over.")
    count(clinic, inside=2)
    expect(page.get_by_test_id("expected")).to_have_count(0)
    expect(take).to_be_visible()
    page.get_by_label("Number on the seal").fill("R 17")
    seal.click()
    clinic.says("Hand it over")
    by = {"operator": clinic.house.badges["courier"]}
    clinic.house.scan(bag, "pick_up", scan_id="up", as_="handheld", **by)
    clinic.sign_in("lab", None)
    clinic.go("/lab/receive")
    clinic.scan(clinic.house.locations["Lab bench"])
    clinic.answers("You receive at Lab bench.")
    clinic.scan(bag)
    clinic.answers("Scan each tube to receive it.")
    count(clinic, expected=2, received=0, missing=2, unexpected=0)
    clinic.scan(one)
    clinic.answers("Received at Lab bench.")
    count(clinic, received=1, missing=1)
    expect(page.get_by_test_id("missing-list")).to_contain_text("RIVERA, Ana")
    page.reload()
    count(clinic, expected=2, received=1, missing=1, unexpected=0)
    clinic.scan(two)
    clinic.says("All of shipment")
    clinic.go(f"/shipments/{bag}")
    page.get_by_text("Note its seal").click()
    page.get_by_label("Number on the seal now").fill("R 18")
    page.get_by_role("button", name="Whole").click()
    expect(page.get_by_test_id("seal-fault")).to_contain_text("Another seal")


def test_a_scanned_barcode_opens_its_shipment_and_nothing_here_takes_two_actions(clinic):
    bag = clinic.house.post("/shipments", {"kind": "rack"}, as_="handheld").json["number"]
    clinic.sign_in("courier", None)
    clinic.go("/shipments")
    clinic.page.get_by_label("The stop where nothing waited").select_option("Clinic")
    clinic.page.get_by_role("button", name="Nothing here").click()
    expect(clinic.page.get_by_test_id("empty-stops")).to_contain_text("Courier One")
    clinic.scan(bag)
    clinic.says("Scan the first tube to put into this rack.")
