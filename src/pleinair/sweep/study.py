"""The sweep's memory: an Optuna study that survives its process.

Trials are asked for and told one by one, so that they can run anywhere. What the study says of a
trial and what lies in the trial's folder agree: the folder comes first, whole, then the study.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from pleinair.sweep.config import SweepConfig
from pleinair.sweep.latency import Latency
from pleinair.sweep.record import read_trial
from pleinair.sweep.space import Params, params_of, suggest
from pleinair.sweep.trial import COMPLETE, STOPPED, TrialResult

METRICS = ("score", "unrest", "ms")
DATABASE = "study.db"
_MARK = "pleinair.sweep"
_PATIENCE = 8  # networks in a row that are too slow
_PRESET, _RETRY, _REJECTED = "preset", "retry of", "rejected as too slow"


class Study:
    """The trials of a sweep in ``storage``: a URL of SQLAlchemy, or by default ``out/study.db``.

    Raises ``ValueError`` where the storage has another sweep of this name.
    """

    def __init__(self, config: SweepConfig, out: Path, mark: str, storage: str | None) -> None:
        """``mark`` is what tells this sweep from others that may be in the same storage."""
        self.config, self.out = config, out
        self.url = storage or f"sqlite:///{(out / DATABASE).resolve()}"
        self._asked: dict[int, optuna.Trial] = {}
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.study = optuna.create_study(
            storage=_storage(self.url),
            study_name=config.name,
            directions=["minimize"] * len(METRICS),
            load_if_exists=True,
        )
        known = self.study.user_attrs.get(_MARK)
        if known not in (None, mark):
            raise ValueError(
                f"the storage has another sweep named {config.name!r}: choose another --name"
            )
        if known is None:
            self._begin(mark)

    def _begin(self, mark: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self.study.set_metric_names(list(METRICS))
        for preset in self.config.presets:
            params = params_of(preset, self.config.crops)
            self.study.enqueue_trial(params, {_PRESET: preset}, skip_if_exists=True)
        self.study.set_user_attr(_MARK, mark)

    def recover(self) -> list[int]:
        """Settle the trials of a process that has died; gives the numbers of those to repeat.

        One whose record is complete counts. Any other is marked as failed, and its parameters
        are put in the queue.
        """
        again = []
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            found = read_trial(self.out, trial.number)
            if found is not None:
                self.tell(trial.number, TrialResult.of(found))
            else:
                self.repeat(trial.number)
                again.append(trial.number)
        return again

    def repeat(self, number: int) -> None:
        """Give up a running trial, and put its parameters in the queue of those to try."""
        trials = self.study.get_trials(deepcopy=False)
        trial = next(t for t in trials if t.number == number)
        if not any(t.user_attrs.get(_RETRY) == number for t in trials):
            fixed = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
            kept = {k: v for k, v in trial.user_attrs.items() if k == _PRESET}
            self.study.enqueue_trial(fixed, {**kept, _RETRY: number})
        self.study.tell(number, state=TrialState.FAIL)

    def ask(self) -> tuple[int, Params, str | None, int | None]:
        """The next trial: its number, parameters, preset, and what it repeats.

        What is sampled depends on the seed and on the trials so far alone.
        """
        self.study.sampler = self._sampler()
        trial = self.study.ask()
        self._asked[trial.number] = trial
        params = suggest(trial, self.config.crops)
        attrs = trial.user_attrs
        return trial.number, params, attrs.get(_PRESET), attrs.get(_RETRY)

    def _sampler(self) -> optuna.samplers.BaseSampler:
        """What samples the next trial: parameters one by one, as the best trials have them.

        Jointly, so few trials would hold it to where it has been. Not knowing what is too slow, it
        would propose one such network for ever, so after some of them one is drawn at random.
        """
        trials = self.study.get_trials(deepcopy=False)
        seed = (self.config.seed * 1_000_003 + len(trials)) % 2**32
        slow = takewhile(lambda trial: _REJECTED in trial.user_attrs, reversed(trials))
        if sum(1 for _ in slow) >= _PATIENCE:
            return optuna.samplers.RandomSampler(seed)
        return optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=self.config.startup,
            multivariate=False,
            constant_liar=True,
        )

    def reject(self, number: int, latency: Latency) -> None:
        """End a trial whose network is too slow, before any training.

        The sampler, which leaves failed trials out, does not learn from it: there are many more
        such networks than others, beside which all that are fast enough would be good ones.
        """
        trial = self._asked.pop(number)
        trial.set_user_attr("ms", latency.ms)
        trial.set_user_attr(_REJECTED, True)
        self.study.tell(number, state=TrialState.FAIL)

    def tell(self, number: int, result: TrialResult) -> None:
        """End a trial by its result, whose record is there already."""
        self._asked.pop(number, None)
        if result.state == COMPLETE:
            self.study.tell(number, list(result.values or ()))
        else:
            state = TrialState.PRUNED if result.state == STOPPED else TrialState.FAIL
            self.study.tell(number, state=state)

    @property
    def rejected(self) -> int:
        """Networks that were too slow to be trained."""
        trials = self.study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
        return sum(_REJECTED in trial.user_attrs for trial in trials)

    def front(self) -> list[int]:
        """Numbers of the trials that no other beats in all of score, unrest and time."""
        trials = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [t.number for t in trials if not any(_beats(u.values, t.values) for u in trials)]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether ``one`` is nowhere worse and somewhere better."""
    return all(a <= b for a, b in zip(one, other, strict=True)) and list(one) != list(other)


def _storage(url: str) -> Any:
    """Optuna's storage; ``ValueError`` says what is wrong with its URL."""
    try:
        return optuna.storages.RDBStorage(url)
    except ImportError as error:
        raise ValueError(f"storage {_masked(url)}: its driver is missing ({error})") from error
    except Exception as error:  # drivers raise what they like
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"storage {_masked(url)} can't be opened: {reason[:300]}") from error


def _masked(url: str) -> str:
    """A URL without its password."""
    head, at, tail = url.rpartition("@")
    scheme, _, user = head.partition("://")
    return f"{scheme}://{user.partition(':')[0]}@{tail}" if at else url
