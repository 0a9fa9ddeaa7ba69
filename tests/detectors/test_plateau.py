"""plateau: flat, improving, hidden; converged or stalled; where it begins."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors._course import LITTLE_DOUBT, course_of
from loglens.detectors.plateau import Plateau
from loglens.events.series import Floats
from loglens.prepared import prepare
from loglens.statistics.first_order import first_order_noise
from tests.detectors.runs import falling, run_of, verdict_of

T = np.arange(40) / 40


def test_flat_at_the_end_with_its_onset() -> None:
    course = np.where(T < 0.5, 2.0 - 3.2 * T, 0.4)
    noise = 0.01 * np.random.default_rng(1).standard_normal(40)
    verdict = verdict_of(Plateau(), run_of(val_loss=course + noise))
    assert (verdict.status, verdict.details["state"]) == ("pass", "plateau")
    assert abs((verdict.start_step or 0) - 200) <= 20


def test_a_falling_end_is_improving() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling(pace=1.0)))
    assert (verdict.status, verdict.details["state"]) == ("pass", "improving")


def test_noise_that_hides_the_end_is_said_to() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling(pace=3.0, noise=0.25)))
    assert (verdict.status, verdict.details["state"]) == ("undetermined", "undetermined")
    assert verdict.missing


def test_nothing_learned_is_a_stall() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=2.3 + 0.01 * np.random.default_rng(2).standard_normal(40)))
    assert (verdict.status, verdict.details["kind"]) == ("warn", "stalled")
    assert verdict.advice


def test_an_annealed_rate_means_converged() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling(pace=12), lr=1e-3 * 0.5 * (1 + np.cos(np.pi * T))))
    assert (verdict.status, verdict.details["kind"]) == ("pass", "converged")


def test_a_rising_end_is_no_plateau() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling() + 1.5 * np.clip(T - 0.5, 0, None)))
    assert verdict.status == "not-applicable"


def test_without_validation_the_train_loss_is_judged() -> None:
    verdict = verdict_of(Plateau(), run_of(train_loss=falling(pace=12)), "train/loss")
    assert verdict.details["state"] == "plateau"


def test_a_loss_at_its_start_beside_an_accuracy_that_improved_is_no_stall() -> None:
    """A classifier grows more confident in its mistakes: the loss is back where it was, but much was learned."""
    random = np.random.default_rng(6)
    loss = 1.0 + 0.01 * random.standard_normal(40)
    better, guessing = 0.9 - 0.8 * np.exp(-8 * T), np.full(40, 0.115)
    noise = 0.004 * random.standard_normal(40)
    learned = verdict_of(Plateau(), run_of(classes=10, val_loss=loss, val_acc=better + noise))
    assert (learned.status, learned.details["state"], learned.details["kind"]) == ("pass", "plateau", None)
    assert "val/acc" in learned.summary
    assert verdict_of(Plateau(), run_of(classes=10, val_loss=loss, val_acc=guessing + noise)).status == "warn"


def test_a_run_that_ended_in_nan_has_no_plateau() -> None:
    """non-finite has told it; what the curves did before is not the end of a training."""
    flat = 2.3 + 0.01 * np.random.default_rng(2).standard_normal(40)
    broken = np.where(T < 0.5, flat, np.nan)
    verdict = verdict_of(Plateau(), run_of(val_loss=broken))
    assert verdict.status == "not-applicable"
    assert "non-finite" in verdict.summary
    assert verdict_of(Plateau(), run_of(val_loss=flat, train_loss=broken)).status == "not-applicable"
    recovered = flat.copy()
    recovered[20] = np.nan
    assert verdict_of(Plateau(), run_of(val_loss=recovered)).status == "warn"


def test_a_run_that_blew_up_has_no_plateau() -> None:
    """An accuracy that never left guessing says nothing of the data once the train loss is far above its start."""
    flat = 0.1 + 0.005 * np.random.default_rng(3).standard_normal(40)
    calm, blown = 2.3 + 0.01 * np.sin(T), 2.3 * np.exp(20 * T)
    assert verdict_of(Plateau(), run_of(val_acc=flat, train_loss=calm), "val/acc").status == "warn"
    verdict = verdict_of(Plateau(), run_of(val_acc=flat, train_loss=blown), "val/acc")
    assert verdict.status == "not-applicable"
    assert "divergence" in verdict.summary


def test_a_train_loss_without_a_believable_value_hides_no_plateau() -> None:
    """Values beyond 1e100 tell no level: there is nothing to call blown up, and the accuracy is judged by itself."""
    flat = 0.1 + 0.005 * np.random.default_rng(3).standard_normal(40)
    assert verdict_of(Plateau(), run_of(val_acc=flat, train_loss=np.full(40, 1e150)), "val/acc").status == "warn"


def test_an_early_look_at_a_slow_start_is_no_stall() -> None:
    """Five noisy points of a steady fall that does not yet stand out from the first value's noise."""
    t = np.arange(200) / 200
    noise = 0.05 * np.random.default_rng(7).standard_normal(200)
    verdict = verdict_of(Plateau(), run_of(train_loss=1.0 - 0.09 * t + noise), "train/loss")
    assert verdict.status != "warn"


def test_the_swing_of_a_logged_cyclic_rate_does_not_hide_a_plateau() -> None:
    phase = np.arange(40) % 8 / 8
    rate = 1e-3 * (0.02 + 0.49 * (1 + np.cos(np.pi * phase)))
    loss = falling(pace=12, noise=0.005) + 200.0 * rate
    with_rate = verdict_of(Plateau(), run_of(val_loss=loss, lr=rate))
    without = verdict_of(Plateau(), run_of(val_loss=loss))
    assert with_rate.details["state"] == "plateau"
    assert float(str(with_rate.details["gain_high"])) < float(str(without.details["gain_high"]))


def cyclic(points: int, period: int) -> Floats:
    """A cosine from .001 down to .00002 in every period."""
    phase = np.arange(points) % period / period
    return np.asarray(1e-3 * (0.02 + 0.49 * (1 + np.cos(np.pi * phase))))


@pytest.mark.parametrize("period", [8, 20])
def test_the_swings_of_a_cyclic_rate_are_no_part_of_the_course(period: int) -> None:
    """With its swings taken out the curve has settled where the one without them has; the last may fill its end."""
    rate = cyclic(40, period)
    plain = verdict_of(Plateau(), run_of(val_loss=falling(pace=12, noise=0.002)))
    swinging = verdict_of(Plateau(), run_of(val_loss=falling(pace=12, noise=0.002) + 200.0 * rate, lr=rate))
    assert swinging.details["state"] == plain.details["state"] == "plateau"
    assert abs((swinging.start_step or 0) - (plain.start_step or 0)) <= 30


def test_a_warm_up_is_no_cycle() -> None:
    warm = np.r_[np.linspace(0.1, 1.0, 8), np.cos(np.linspace(0.0, 1.5, 32))]
    told = verdict_of(Plateau(), run_of(val_loss=falling(pace=1.0), lr=1e-3 * warm))
    assert told.details["state"] == "improving"


@pytest.mark.parametrize("peak", [10, 14])
def test_what_an_annealed_rate_gains_is_the_curve_s_own(peak: int) -> None:
    """Up to a peak and straight down to zero: the loss falls with it by .2 of the progress over the last quarter."""
    rate = np.interp(np.arange(40), [0, peak, 40], [1e-4, 1e-3, 0.0])
    loss = falling(pace=12, noise=0.005) + 1000.0 * rate
    with_rate, without = (verdict_of(Plateau(), run) for run in (run_of(val_loss=loss, lr=rate), run_of(val_loss=loss)))
    assert with_rate.details["state"] == without.details["state"] == "improving"


@pytest.mark.parametrize("at", [22, 35])
def test_single_peaks_do_not_hide_a_plateau(at: int) -> None:
    spiked = falling(pace=12, noise=0.005)
    spiked[at : at + 2] += 0.8, 0.1
    plain = verdict_of(Plateau(), run_of(val_loss=falling(pace=12, noise=0.005)))
    told = verdict_of(Plateau(), run_of(val_loss=spiked))
    assert told.details["state"] == "plateau"
    assert abs((told.start_step or 0) - (plain.start_step or 0)) <= 10  # an evaluation


def test_a_slow_tail_is_still_improving() -> None:
    """A power law that gains 7 % of its progress over the last quarter looks flat beside its first fall."""
    loss = 2.0 / (1.0 + 3.0 * np.arange(40) / 40) + 0.002 * np.random.default_rng(3).standard_normal(40)
    assert verdict_of(Plateau(), run_of(val_loss=loss)).details["state"] == "improving"


def test_a_young_validation_beside_a_falling_train_loss_is_not_stalled() -> None:
    noise = 0.04 * np.random.default_rng(1).standard_normal(40)
    train = 1.0 - 0.3 * T
    young = verdict_of(Plateau(), run_of(val_loss=1.0 + noise[:8], train_loss=train[:8]))
    old = verdict_of(Plateau(), run_of(val_loss=1.0 + noise, train_loss=train))
    assert young.status != "warn"
    assert old.status == "warn"


def test_a_loss_that_came_down_to_guessing_is_stalled_even_with_the_rate_annealed() -> None:
    """Thrown up by a rate that was too high, and back at ln 10 once it was lowered: nothing was learned."""
    random = np.random.default_rng(8)
    loss = np.log(10) + 0.4 * np.exp(-12 * T) + 0.001 * random.standard_normal(40)
    rate, majority = 0.1 * np.where(T < 0.3, 1.0, 0.001), np.full(40, 0.115)
    guessing = run_of(val_loss=loss, val_acc=majority, lr=rate, classes=10)
    assert verdict_of(Plateau(), guessing).details["kind"] == "stalled"
    assert verdict_of(Plateau(), run_of(val_loss=loss, val_acc=majority + 0.5, lr=rate, classes=10)).status == "pass"
    assert verdict_of(Plateau(), run_of(val_loss=loss, lr=rate, classes=10)).status == "pass"


@pytest.mark.parametrize(("share", "kind"), [(0.02, None), (0.1, "stalled")])
def test_an_accuracy_below_guessing_is_no_stall(share: float, kind: str | None) -> None:
    accuracy = np.random.default_rng(3).binomial(1000, share, 40) / 1000
    verdict = verdict_of(Plateau(), run_of(classes=10, val_acc=accuracy, train_loss=falling()), "val/acc")
    assert (verdict.details["state"], verdict.details["kind"]) == ("plateau", kind)
    assert ("it ends below guessing" in verdict.summary) == (kind is None)


def test_a_plateau_after_two_unlogged_drops_begins_at_the_second() -> None:
    noise = 0.005 * np.random.default_rng(4).standard_normal(40)
    loss = np.exp(-10 * T) + 0.3 * (T < 0.5) + 0.1 * (T < 0.7) + noise
    verdict = verdict_of(Plateau(), run_of(val_loss=loss))
    assert verdict.details["state"] == "plateau"
    assert abs((verdict.start_step or 0) - 280) <= 10


def test_noise_that_remembers_does_not_move_the_onset_far() -> None:
    """The same course in 40 draws of noise of memory .5: most onsets lie within a tenth of the run."""
    course = np.exp(-10 * T)
    settled = 10 * int(np.argmax(course - course[-1] <= 0.03 * (course[0] - course[-1])))
    told = []
    for seed in range(40):
        noise = 0.02 * first_order_noise(np.random.default_rng(seed).standard_normal(40), 0.5)
        verdict = verdict_of(Plateau(), run_of(val_loss=course + noise))
        if verdict.details["state"] == "plateau":
            told.append(abs((verdict.start_step or 0) - settled) <= 40)
    assert len(told) >= 34
    assert np.mean(told) >= 0.8


def test_a_level_is_held_against_a_run_only_where_its_end_is_flat_by_itself() -> None:
    doubtful = 0
    for seed in range(40):
        run = run_of(val_loss=2.3 + 0.5 * np.random.default_rng(seed).standard_normal(40))
        course = course_of(prepare(run.curves[0], run), None)
        if course.state == "plateau" and course.doubt >= LITTLE_DOUBT:
            doubtful += 1
            assert verdict_of(Plateau(), run).status == "undetermined"
    assert doubtful
