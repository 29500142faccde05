"""The list of what the address holds, and that a control is one entry of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.io import open_study
from core.similarity.matrix import default_layer, similarity_layers
from dashboard.export import commands
from dashboard.export.cards import plain_text
from dashboard.pages import PAGES
from dashboard.state.fields import Look, Offer, Reach, address_fields, all_fields, flags_of
from dashboard.state.fields.keys import Key
from dashboard.state.view import View, parse_view
from dashboard.text.glossary import entries
from dashboard.ui.controls import offer, summary, ways_back
from tests.dashboard.conftest import EXAMPLE

MADE_UP = """
import json, sys
from pathlib import Path
import click
from dashboard.state import fields
from dashboard.state.fields import Choice, Field, Flag, Look, Reach, ViewFields

paint = Field(
    key="paint",
    id="paint",
    parse=lambda asked: asked.one("paint") or "plain",
    write=lambda view: [view.paint],
    default="plain",
    look=Look.RADIO,
    label="Paint",
    help="scale",
    fixed=lambda: (Choice("plain", "Plain"), Choice("bright", "Bright", "very")),
    reach=Reach.EVERYTHING,
    flags=(Flag("paint", click.option("--paint")),),
)
ViewFields.paint = paint
paint.__set_name__(ViewFields, "paint")

from core.io import open_study
from dashboard.app import create_app
from dashboard.export.commands import export
from dashboard.pages import PAGES
from dashboard.server.settings import Settings
from dashboard.state.view import View, parse_view, query_of
from dashboard.ui.controls import offer, summary
from dashboard.ui.page import EVERYWHERE

folder = Path(sys.argv[1])
study = open_study(folder)
view, notices = parse_view({"paint": ["bright"]}, study)
app = create_app(Settings(studies=(folder,), cache_dir=Path(sys.argv[2])))
layout = json.loads(json.dumps(app.layout, default=lambda one: one.to_plotly_json()))


def walk(part):
    if isinstance(part, dict):
        if isinstance(part.get("props"), dict):
            yield part["props"]
        for value in part.values():
            yield from walk(value)
    if isinstance(part, list):
        for value in part:
            yield from walk(value)


props = list(walk(layout))
plan = next(p["data"] for p in props if p.get("id") == "plan")
print(json.dumps({
    "view": view.paint,
    "notices": notices,
    "query": query_of(view)["paint"],
    "again": parse_view(query_of(view), study)[0] == view,
    "default": View(method="ft1").paint,
    "changed": view.changed(paint="plain") == parse_view({}, study)[0],
    "control": next(c for c in plan["controls"] if c["id"] == "paint"),
    "rail": [p["id"] for p in props if p.get("id") in ("group-paint", "paint")],
    "inputs": sorted({
        i["id"] for c in app.callback_map.values() for i in c["inputs"] if i["id"] == "paint"
    }),
    "standing": offer(study, view, PAGES[0].groups, pairs=True).values["paint"],
    "pages": all("paint" in page.groups for page in PAGES if page.name != "overview"),
    "everywhere": "paint" in EVERYWHERE,
    "figure_inputs": all("paint" in f["keys"] for f in plan["pages"]["balance"]["figureInputs"]),
    "shown": summary(study, view, pairs=True),
    "flag": "paint" in [one.name for one in export.params],
    "flags": fields.flags_of({
        "paint": "bright", "seeds": (), "scale": "published", "checkpoint": "last",
        "layer": None, "cka_checkpoint": "last", "measure": "cka", "debiased": False,
        "exclude": (), "include": (),
    })["paint"],
}))
"""


def test_a_made_up_field_is_everywhere_through_the_list_alone(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MADE_UP, str(EXAMPLE), str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["view"] == "bright"
    assert told["notices"] == []
    assert told["query"] == ["bright"]
    assert told["again"]
    assert told["default"] == "plain"
    assert told["changed"]
    assert told["control"]["kind"] == "one"
    assert told["rail"] == ["group-paint", "paint"]
    assert told["inputs"] == ["paint"]
    assert told["standing"] == "bright"
    assert told["pages"]
    assert told["everywhere"]
    assert told["figure_inputs"]
    assert "paint: Bright" in told["shown"]
    assert told["flag"]
    assert told["flags"] == ["bright"]


def test_every_control_has_a_label_and_an_entry_in_the_glossary():
    words = {entry.key for entry in entries()}
    for field in address_fields():
        if field.grouped:
            assert field.label, field.key
            assert field.help in words, field.key
            assert field.look is not Look.RADIO or field.fixed(), field.key


def test_keys_and_controls_are_named_once():
    keys = [field.key for field in address_fields()]
    assert len(keys) == len(set(keys))
    assert len({field.id for field in address_fields()}) == len(keys)
    assert all(field.name for field in all_fields())


def test_each_key_of_the_address_is_that_of_a_field():
    assert {field.key for field in address_fields() if field.key} == set(Key) - {Key.STUDY}


def test_a_field_stands_in_the_group_of_one_there_is():
    names = {field.name for field in all_fields()}
    assert {field.within for field in address_fields() if field.within} <= names


def test_a_view_does_not_change_and_has_no_other_values():
    view = View(method="ft1")
    with pytest.raises(AttributeError):
        view.method = "ft2"
    with pytest.raises(TypeError, match="colour"):
        View(method="ft1", colour="blue")
    assert view.changed(seeds=(1,)) == View(method="ft1", seeds=(1,))
    assert hash(view) == hash(View(method="ft1"))
    assert "method='ft1'" in repr(view)


def test_the_flags_of_the_command_line_are_an_address(example):
    given = {"seeds": (42, 43), "scale": "strict", "checkpoint": 100, "layer": None}
    given |= {"cka_checkpoint": "last", "measure": "cka", "debiased": True}
    given |= {"exclude": ("angle",), "include": ()}
    asked = flags_of(given)
    assert asked == {
        "seeds": ["42,43"],
        "scale": ["strict"],
        "at": ["100"],
        "cka_at": ["last"],
        "measure": ["debiased"],
        "exclude": ["angle"],
    }
    view, notices = parse_view({**asked, "at": ["last"]}, example)
    assert notices == ()
    assert view.debiased
    assert view.exclude == ("angle",)


def test_the_export_takes_every_flag():
    there = {parameter.name for parameter in commands.export.params}
    assert {flag.name for field in address_fields() for flag in field.flags} <= there


@pytest.mark.parametrize("layout", ["scores", "table", "runs"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_shown_can_be_said_of_any_study(write_study, layout, page):
    study = open_study(write_study(layout).folder)
    view, _ = parse_view({}, study)
    said = summary(study, view, pairs=page.pairs, groups=page.groups)
    assert ("given scores" in said) == (layout == "scores")


def test_a_checkbox_says_where_a_task_is_in_although_the_manifest_leaves_it_out(example):
    view, _ = parse_view({}, example)
    for page in PAGES:
        offered = offer(example, view, page.groups, pairs=page.pairs, kept_in=page.kept_in).options[
            "include"
        ]
        said = [option["reason"].split(":")[0] for option in offered]
        without = f"left out, but {page.kept_in}" if page.kept_in else "left out"
        assert said == ([without] if page.pairs else []), page.name


def test_what_is_not_the_default_is_said_where_the_page_has_the_choice(example):
    layer = next(one for one in similarity_layers(example) if one != default_layer(example))
    view, _ = parse_view({"layer": [str(layer)], "not_source": ["inside"]}, example)
    groups = [field.id for field in address_fields() if field.grouped]
    said = summary(example, view, pairs=True, groups=groups)
    assert f"layer {layer}" in said
    assert "hidden as source: inside" in said
    assert "layer" not in summary(example, view, pairs=True)


def test_a_dead_end_offers_the_way_back_once(example):
    view, _ = parse_view({}, example)
    names = tuple(task.name for task in example.tasks)
    assert ways_back(example, view, pairs=True) == []
    assert ways_back(example, view.changed(exclude=names[:-1]), pairs=False) == []
    (seeds,) = ways_back(example, view.changed(seeds=()), pairs=True)
    assert "No seed is chosen" in plain_text(seeds)
    (tasks,) = ways_back(example, view.changed(exclude=names), pairs=False)
    assert "All tasks are left out" in plain_text(tasks)
    # The page that leaves out what the manifest excludes has nothing left before.
    own = tuple(name for name in names if example.task(name).exclude is None)
    assert ways_back(example, view.changed(exclude=own), pairs=False) == []
    assert len(ways_back(example, view.changed(exclude=own), pairs=True)) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_search_that_is_not_shown_offers_only_what_is_chosen(example, page):
    view, _ = parse_view({"not_source": [example.tasks[0].name]}, example)
    found = offer(example, view, page.groups, pairs=page.pairs)
    for field in (one for one in address_fields() if one.look is Look.CHOOSER):
        options = [one["value"] for one in found.options[field.id]]
        if field.id in found.hidden:
            assert options == found.values[field.id]
        else:
            assert set(options) > set(found.values[field.id])


def test_long_names_of_tasks_are_cut_where_they_differ_in_the_list(example):
    names = [f"multilingual-news-translation-{year}" for year in (2019, 2021)]
    first, second, *others = example.tasks
    tasks = (replace(first, name=names[0]), replace(second, name=names[1]), *others)
    study = replace(example, tasks=tasks)
    view, _ = parse_view({}, study)
    offered = offer(study, view, PAGES[0].groups, pairs=False).options
    cut = {o["label"]: o["short"] for found in offered.values() for o in found if "short" in o}
    assert list(cut) == names
    assert "2019" in cut[names[0]]
    assert "2021" in cut[names[1]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_control_and_every_fact_shown_is_an_input_of_what_the_page_draws(example, page):
    asked = {one.keys for one, _ in page.fillings} | {one.keys for one in page.fetched}
    keys = {key for one in asked for key in one}
    query = {"method": ["ftwb3"], "at": ["400"], "scale": ["strict"], "exclude": ["angle"]}
    view, _ = parse_view(query, example)
    ignored = page.ignores(view)
    hidden = offer(example, view, page.groups, pairs=page.pairs, ignored=ignored).hidden
    for field in address_fields():
        offered = Offer(example, view, page.groups, page.pairs, ignored=ignored)
        said = field.id in page.groups and field.id not in ignored and field.said(offered)
        if (field.grouped and field.id not in hidden) or said:
            assert field.key in keys or field.reach is Reach.FIGURES, field.key


def test_representations_look_at_transfer_only_where_it_orders_them(example):
    page = next(one for one in PAGES if one.name == "representations")
    query = {"method": ["ftwb3"], "at": ["400"], "scale": ["strict"]}
    for order, looks in (("manifest", False), ("net", True)):
        view, _ = parse_view({**query, "order": [order]}, example)
        ignored = page.ignores(view)
        hidden = offer(example, view, page.groups, pairs=page.pairs, ignored=ignored).hidden
        assert ({"method", "checkpoint", "scale"} <= hidden, "seeds" in hidden) == (
            not looks,
            False,
        )
        said = summary(example, view, pairs=page.pairs, groups=page.groups, ignored=ignored)
        assert ("FTWB3" in said, "step 400" in said, "strict" in said) == (looks, looks, looks)
        assert ("all seeds" in said) == (not looks)


def test_a_checkpoint_of_the_cka_says_whose_models_it_has_where_they_differ(example):
    page = next(one for one in PAGES if one.name == "predictors")

    def offered(**query):
        view, _ = parse_view(query, example)
        options = offer(example, view, page.groups, pairs=page.pairs).options["cka-checkpoint"]
        return [option["label"] for option in options]

    assert offered()[:2] == ["last (4,000) · 4 seeds", "4,000 · 1 seed"]
    assert offered(seeds=["42"])[:2] == ["last (4,000)", "4,000"]
