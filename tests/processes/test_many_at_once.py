"""Several web processes and workers at once: everything happens, and nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Barrier

from tests.processes.moves import all_use, cards, ended, forms, main_job, numbers_of, open_announcements
from tests.processes.patience import eventually
from tests.processes.wire import Json, Post, signed
from tests.processes.yard import Yard

CROWD = 20


def test_twenty_people_at_once(yard: Yard) -> None:
    people = [email for _, email in yard.ordinary(CROWD)]
    presses = forms(people, yard.person("sam"))
    answers = press_at_once([(signed(press), url) for press, url in zip(presses, cycle(yard.webs), strict=False)])
    assert Counter(answers) == {(200, "update"): CROWD}
    numbers = numbers_of(yard, people)
    eventually("a text for each", lambda: sum(len(yard.texts_to(number)) for number in numbers.values()) >= CROWD)
    all_use(yard, numbers)
    eventually("all chose their own", lambda: ended(yard, people) == {"completed": CROWD}, 40)
    eventually("all is told", lambda: not open_announcements(yard), 40)
    assert {len(yard.texts_to(number)) for number in numbers.values()} == {1}
    assert [[len(card.replies) for card in cards(yard, email)] for email in people] == [[1]] * CROWD
    yard.assert_audit_unbroken()


def test_one_press_that_reaches_all_web_processes(yard: Yard) -> None:
    ((_, email),) = yard.ordinary(1, skip=CROWD)
    (press,) = forms([email], yard.person("ana"))
    posts = [signed(press, later=at % 4) for at in range(8)]
    answers = press_at_once(list(zip(posts, cycle(yard.webs), strict=False)))
    assert Counter(status for status, _ in answers) == {200: 4, 401: 4}  # the same signature counts once
    assert {said for status, said in answers if status == 200} == {"update"}
    (number,) = numbers_of(yard, [email]).values()
    eventually("the text", lambda: yard.texts_to(number))
    eventually("it was delivered", lambda: ended(yard, [email]) == {"delivered": 1})
    assert len(yard.texts_to(number)) == 1
    (count,) = yard.own("SELECT count(*) FROM locksmith_request WHERE person_email = :email", email=email)
    assert count == (1,)


def test_the_main_job_meanwhile(yard: Yard) -> None:
    main_job(yard, yard.person("ben"))


def test_one_worker_keeps_the_search_in_step(yard: Yard) -> None:
    ((owner,),) = yard.own("SELECT owner FROM locksmith_lease WHERE name = 'search'")
    workers = {str(worker.popen.pid) for worker in yard.named("worker")}
    assert owner.split(":")[1] in workers
    assert [one.logged("job failed") for one in yard.named("worker")] == [[], []]


def press_at_once(posts: list[tuple[Post, str]]) -> list[tuple[int, str]]:
    """Status and `response_action` of each."""
    start = Barrier(len(posts))

    def press(one: tuple[Post, str]) -> tuple[int, str]:
        start.wait()
        status, body = one[0].to(one[1])
        answer: Json = json.loads(body) if status == 200 else {}
        return status, str(answer.get("response_action", ""))

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(press, posts))
