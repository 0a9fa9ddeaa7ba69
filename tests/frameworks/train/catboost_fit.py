"""CatBoost: fit with an eval_set; it writes its TensorBoard log by itself."""

from catboost import CatBoostClassifier

from tests.frameworks.train.common import VARIANTS, Reported, curve, data

reported = Reported("CatBoost", ["catboost"])
for variant in VARIANTS:
    tx, ty, vx, vy = data(variant)
    folder = reported.folder(variant)
    folder.mkdir(parents=True)
    # Boosting diverges where a step goes more than twice as far as it should.
    rate = {"sane": 0.1, "high-rate": 8.0, "small-set": 0.3}[variant.name]
    model = CatBoostClassifier(
        iterations=100,
        learning_rate=rate,
        depth=3,
        loss_function="MultiClass",
        train_dir=str(folder),
        random_seed=1,
        thread_count=1,
        verbose=False,
        l2_leaf_reg=3.0 if variant.name == "sane" else 1.0,
    )
    model.fit(tx, ty, eval_set=(vx, vy))
    told = model.get_evals_result()
    learn, test = f"{variant.name}/learn", f"{variant.name}/test"
    reported.add(
        variant,
        variant.name,
        [
            curve(learn, "MultiClass", told["learn"]["MultiClass"], "train loss min"),
            curve(test, "MultiClass", told["validation"]["MultiClass"], "validation loss min"),
        ],
        [(f"{test}:MultiClass", f"{learn}:MultiClass")],
        judged=f"{test}:MultiClass",
        epoch_axis=False,
    )
    for other in folder.iterdir():
        if other.name not in ("learn", "test"):
            other.unlink() if other.is_file() else other.rmdir()
