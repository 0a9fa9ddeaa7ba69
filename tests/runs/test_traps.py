"""Traps: tags as people write them, each alone in its run, and what its own words say of it.

Written before the vocabulary was tried on them, from the names in use; `-` is where more than one answer is right.
"""

from __future__ import annotations

import pytest

from loglens.runs.curve import TRUSTED_CONFIDENCE
from loglens.runs.roles import Seen, assign_roles

TRAPS = """
valLoss	validation	loss	min
trainAcc	train	accuracy	max
valAccuracy	validation	accuracy	max
Train/Loss	train	loss	min
Validation Loss	validation	loss	min
Training Loss	train	loss	min
Test Accuracy (%)	test	accuracy	max
Loss (train)	train	loss	min
Loss (val)	validation	loss	min
loss[val]	validation	loss	min
loss_cls	-	loss-part	min
loss_bbox	-	loss-part	min
cls_loss	-	loss-part	min
val/loss_epoch	validation	loss	min
train_loss_step	train	loss	min
Loss/G	-	gan-loss	none
Loss/D	-	gan-loss	none
G_loss	-	gan-loss	none
errD	-	-	none
errG	-	-	none
loss_disc_fake	-	gan-loss	none
D/real_loss	-	gan-loss	none
eval/rouge2	validation	metric	max
eval_rougeL	validation	metric	max
wer	none	error-rate	min
val_cer	validation	error-rate	min
bleu	none	metric	max
valid/BLEU-4	validation	metric	max
mAP_50	none	metric	max
val/mAP@0.5	validation	metric	max
mAP@[.5:.95]	none	metric	max
rmse	none	metric	min
val_rmse	validation	metric	min
r2	none	metric	max
val_r2_score	validation	metric	max
val/R2	validation	metric	max
auc	none	metric	max
val_auroc	validation	metric	max
val/AUC-PR	validation	metric	max
psnr	none	metric	max
Val/PSNR (dB)	validation	metric	max
fid	none	metric	min
val/perplexity	validation	perplexity	min
ppl	none	perplexity	min
tokens_per_sec	none	throughput	none
tokens_per_second	none	throughput	none
it/s	none	throughput	none
imgs/sec	none	throughput	none
samples_per_sec	none	throughput	none
throughput/imgs_per_s	none	throughput	none
epoch_lr	train	learning-rate	none
epoch_time	none	time	none
time_per_step	none	time	none
step_time_ms	none	time	none
seconds_per_iteration	none	time	none
data_time	none	time	none
gpu_memory_mb	none	memory	none
GPU/util	-	system	none
cuda_max_memory_allocated	none	memory	none
grad_norm	train	gradient-norm	none
gradient_norm/total	train	gradient-norm	none
grad/layer1.weight	-	-	none
weights/layer1.weight	-	-	none
weight_decay	none	hyperparameter	none
momentum	none	hyperparameter	none
dropout	none	hyperparameter	none
loss_scale	none	hyperparameter	none
loss_weight	none	hyperparameter	none
kl_weight	none	hyperparameter	none
kl_loss	none	regularizer	none
l2_reg_loss	none	regularizer	none
reg_loss	none	regularizer	none
kld	none	kl	none
entropy	none	entropy	none
policy_entropy	none	entropy	none
critic_loss	none	rl-loss	none
actor_loss	none	rl-loss	none
qf1_loss	none	rl-loss	none
td_error	none	diagnostic	none
ep_rew_mean	-	reward	max
episode_reward	-	reward	max
eval/episode_reward	validation	reward	max
test/avg_return	test	reward	max
best_val_loss	validation	other	none
best_acc	none	other	none
val_best_f1	validation	other	none
early_stopping/best_score	none	other	none
val_loss_best	validation	other	none
train_val_loss_gap	none	diagnostic	none
generalization_gap	none	diagnostic	none
overfit_gap	none	diagnostic	none
neg_log_likelihood	none	loss	min
val_nll	validation	loss	min
neg_mean_squared_error	none	metric	max
val_neg_mae	validation	metric	max
one_minus_accuracy	none	-	min
1-accuracy	none	-	min
inverse_loss	none	-	-
error_rate	none	error-rate	min
val_err	validation	error-rate	min
top1_err	none	error-rate	min
top1_acc	none	accuracy	max
acc@1	none	accuracy	max
acc@5	none	accuracy	max
Acc@1	none	accuracy	max
val/top5	validation	accuracy	max
precision@10	none	metric	max
recall@20	none	metric	max
ndcg@10	none	metric	max
hr@10	none	metric	max
MRR	none	metric	max
val_kappa	validation	metric	max
val/mcc	validation	metric	max
val/hd95	validation	metric	min
val_dice_score	validation	metric	max
dice_loss	none	loss	min
iou_loss	none	loss-part	min
val_iou	validation	metric	max
mean_iou	none	metric	max
mIoU	none	metric	max
jaccard	none	metric	max
ssim	none	metric	max
ssim_loss	none	loss-part	min
lpips	none	metric	min
mse	none	metric	min
mse_loss	none	loss	min
mae	none	metric	min
MAE	none	metric	min
smape	none	metric	min
log_loss	none	loss	min
logloss	none	loss	min
cross_entropy_loss	none	loss	min
ce_loss	none	loss	min
focal_loss	none	loss	min
bce	none	loss	min
hinge_loss	none	error-rate	min
triplet_loss	none	loss	min
contrastive_loss	none	loss-part	min
reconstruction_loss	none	loss-part	min
recon	none	-	-
perceptual_loss	none	loss-part	min
adv_loss	none	gan-loss	none
gradient_penalty	none	-	none
commitment_loss	none	regularizer	none
loss_value	none	loss	min
value_loss	none	rl-loss	none
loss_per_token	none	loss	min
bits_per_dim	none	loss	min
bpc	none	loss	min
elbo	none	metric	max
neg_elbo	none	loss	min
free_energy	none	loss	min
dev_loss	validation	loss	min
dev/accuracy	validation	accuracy	max
devices	none	other	none
developer_score	none	-	none
evaluation_time	validation	time	none
retrain/loss	none	loss	min
pretrain_loss	-	loss	min
pretraining/loss	-	loss	min
trainable_params	none	diagnostic	none
testimony	none	other	none
valve_pressure	none	other	none
value	none	-	none
validator_count	none	diagnostic	none
latest_loss	none	loss	min
fastest_time	none	time	none
contest_accuracy	none	accuracy	max
eval_time	validation	time	none
interval_loss	none	loss	min
learning_rate	train	learning-rate	none
lr-AdamW/pg1	train	learning-rate	none
optim/lr	train	learning-rate	none
opt/learning_rate/group0	train	learning-rate	none
learning_curve	-	-	none
global_step	none	counter	none
epoch	none	counter	none
samples_seen	none	counter	none
num_tokens	none	counter	none
consumed_tokens	none	counter	none
iteration	none	counter	none
accuracy/train	train	accuracy	max
accuracy/val	validation	accuracy	max
metrics/val_f1_macro	validation	metric	max
F1/validation	validation	metric	max
val_f1-score	validation	metric	max
macro avg/f1-score	none	metric	max
holdout_loss	validation	loss	min
held_out/acc	validation	accuracy	max
train_eval_loss	-	loss	min
eval_train_loss	-	loss	min
loss_train_epoch	train	loss	min
lossTrain	train	loss	min
lossVal	validation	loss	min
LossTest	test	loss	min
vloss	validation	loss	min
valid_nll_loss	validation	loss	min
l1_loss	none	loss-part	min
smooth_l1_loss	none	loss	min
accuracy_loss	none	loss	min
loss_accuracy	none	accuracy	max
reward_loss	none	loss	min
time_loss	none	loss	min
memory_loss	none	loss	min
speed_loss	none	loss	min
attention_loss	none	loss-part	min
mel_loss	none	loss-part	min
duration_loss	none	loss-part	min
temperature	none	hyperparameter	none
epsilon	none	hyperparameter	none
clip_ratio	none	diagnostic	none
explained_variance	none	metric	max
reward_std	none	diagnostic	none
Eval_StdReturn	validation	diagnostic	none
std_reward_mean	none	diagnostic	none
Train_EnvstepsSoFar	train	other	none
val_loss_std	validation	diagnostic	none
acc_std	none	diagnostic	none
loss_count	none	diagnostic	none
batch_size	none	hyperparameter	none
cpu_percent	none	system	none
gpu_0_utilization	none	system	none
disk_usage	none	system	none
system/gpu.0.memory	none	memory	none
uptime	none	time	none
eta	none	time	none
wall_clock	none	time	none
patience	none	diagnostic	none
early_stop_counter	none	-	none
val_mean_absolute_error	validation	metric	min
val_categorical_accuracy	validation	accuracy	max
val_sparse_categorical_accuracy	validation	accuracy	max
epoch_val_loss	validation	loss	min
val_binary_crossentropy	validation	loss	min
val/cls_acc	validation	accuracy	max
train/acc_top1	train	accuracy	max
avg_train_loss	train	loss	min
running_loss	-	loss	min
smoothed_loss	-	loss	min
ema_val_acc	validation	accuracy	max
total_loss	-	loss	min
loss_total	-	loss	min
sum_loss	-	loss	min
train.loss	train	loss	min
valid.acc	validation	accuracy	max
train:loss	train	loss	min
train|loss	train	loss	min
TRAIN_LOSS	train	loss	min
ValidationLoss	validation	loss	min
TrainLossPerEpoch	train	loss	min
meanAveragePrecision	none	metric	max
val_MulticlassF1Score	validation	metric	max
val/BinaryAUROC	validation	metric	max
val_MeanSquaredError	validation	metric	min
val/CharErrorRate	validation	error-rate	min
val/PearsonCorrCoef	validation	metric	max
EPE	none	metric	min
val/sisdr	validation	metric	max
val_pesq	validation	metric	max
val/crps	validation	metric	min
win_rate	none	accuracy	max
success_rate	none	accuracy	max
elo	none	reward	max
q_value	none	diagnostic	none
q_val	none	diagnostic	none
v_loss	none	other	none
state_value	none	diagnostic	none
test_time	-	time	none
load_time	none	time	none
acceptance	none	accuracy	max
dead_neurons	none	diagnostic	none
sparsity	none	diagnostic	none
codebook_usage	none	diagnostic	none
router_z_loss	none	regularizer	none
load_balancing_loss	none	regularizer	none
aux_loss	none	regularizer	none
distill_loss	none	loss-part	min
loss/ctc	none	loss-part	min
loss/att	none	loss-part	min
acc_seg	none	accuracy	max
decode.acc_seg	none	accuracy	max
teacher_acc	none	accuracy	max
student_loss	none	loss-part	min
train/lm_loss	train	loss	min
validation/lm_loss	validation	loss	min
validation/lm_loss_ppl	validation	perplexity	min
timers/forward	none	time	none
runtime/flops_per_sec_per_gpu	none	throughput	none
runtime/iteration_time	none	time	none
actor/pg_loss	none	rl-loss	none
actor/entropy_loss	none	rl-loss	none
actor/kl_loss	none	-	none
actor/ppo_kl	none	kl	none
actor/grad_norm	train	gradient-norm	none
critic/vf_loss	none	rl-loss	none
critic/rewards/mean	-	reward	max
critic/advantages/max	none	diagnostic	none
timing_s/gen	none	time	none
timing_per_token_ms/ref	none	time	none
perf/throughput	none	throughput	none
perf/mfu/actor	none	throughput	none
response_length/mean	none	diagnostic	none
response_length/clip_ratio	none	diagnostic	none
val-core/openai/gsm8k/acc/mean@1	validation	accuracy	max
test_acc1	test	accuracy	max
train_acc1	train	accuracy	max
acc/top1	none	accuracy	max
D(x)	none	other	none
D(G(z))	none	other	none
D_A	-	-	none
D/loss_real	none	gan-loss	none
G/loss_rec	none	-	-
KLD	none	kl	none
PSNR/train	train	metric	max
validate_mean_wQuantileLoss	validation	-	min
HR@10	none	metric	max
NDCG@10	none	metric	max
validation_0-logloss	validation	loss	min
train-mlogloss	train	loss	min
eval-auc	validation	metric	max
valid_0/binary_logloss	validation	loss	min
validation-rmse	validation	metric	min
train-error	train	error-rate	min
eval-merror	validation	error-rate	min
valid_acc	validation	accuracy	max
train/epoch_loss	train	loss	min
val/avg_loss	validation	loss	min
val/loss/dataloader_idx_1	validation	loss	min
val_loss_fold0	validation	loss	-
fold_1/val_loss	validation	loss	min
model_a/val_loss	validation	loss	min
loss/total/train	train	loss	min
losses/train/total	train	loss	min
Loss_train/cls	train	loss-part	min
metrics/train/accuracy	train	accuracy	max
metrics/test/accuracy	test	accuracy	max
eval/mAP	validation	metric	max
coco/val/AP50	validation	metric	max
DetectionBoxes_Precision/mAP	none	metric	max
DetectionBoxes_Precision/mAP (large)	none	metric	max
DetectionBoxes_Recall/AR@100	none	metric	max
Loss/classification_loss	none	loss-part	min
Loss/localization_loss	none	loss-part	min
Loss/RPNLoss/objectness_loss	none	loss-part	min
val/segm_mAP_75	validation	metric	max
val/pixel_acc	validation	accuracy	max
val/mean_acc	validation	accuracy	max
val/fwIoU	validation	metric	max
val/boundary_f1	validation	metric	max
val_hausdorff	validation	metric	min
val/ASSD	validation	metric	min
test/sens	test	-	max
val_specificity	validation	metric	max
val/auc_macro	validation	metric	max
val/average_precision	validation	metric	max
val/brier	validation	error-rate	min
val/ECE	validation	error-rate	min
val/log_likelihood	validation	other	max
val/NLL	validation	loss	min
val/r2	validation	metric	max
val/explained_variance	validation	metric	max
val/mape	validation	metric	min
val/MASE	validation	metric	min
val/pearson_r	validation	metric	max
val/spearman	validation	metric	max
val/ccc	validation	metric	max
dev/uas	validation	metric	max
dev/las	validation	metric	max
dev_bleu4	validation	metric	max
dev/exact_match	validation	accuracy	max
dev/em	validation	accuracy	max
val/CIDEr	validation	metric	max
val/METEOR	validation	metric	max
val/BLEU_1	validation	metric	max
val/chrF++	validation	metric	max
val/TER	validation	error-rate	min
val/comet	validation	metric	max
val/wer_clean	validation	error-rate	min
valid/cer_ctc	validation	error-rate	min
valid/loss_ctc	validation	loss-part	min
valid/acc	validation	accuracy	max
gen_loss	none	gan-loss	none
generator_loss	none	gan-loss	none
discriminator_loss	none	gan-loss	none
d_loss_real	none	gan-loss	none
feature_matching_loss	none	gan-loss	none
mel_spec_error	none	-	min
stft_loss	none	loss-part	min
pitch_loss	none	loss-part	min
vq_loss	none	regularizer	none
perceptual	none	-	-
inception_score	none	metric	max
KID	none	metric	min
CLIP_score	none	metric	max
lr_scheduler/lr	train	learning-rate	none
hyperparams/lr	train	learning-rate	none
optimizer/momentum	none	hyperparameter	none
scheduler/last_lr	train	learning-rate	none
base_lr	train	learning-rate	none
encoder_lr	train	learning-rate	none
lr_backbone	train	learning-rate	none
grad_norm/encoder	train	gradient-norm	none
gradients/global_norm	train	gradient-norm	none
grads/norm	train	gradient-norm	none
param_norm	train	parameter-norm	none
weights/norm	train	parameter-norm	none
update_ratio	none	diagnostic	none
clip_grad_norm	train	gradient-norm	none
grad_clip_fraction	none	diagnostic	none
tokens	none	counter	none
tokens/total	none	counter	none
examples_seen	none	counter	none
n_iter	none	counter	none
epoch_num	none	-	none
current_epoch	none	counter	none
sec_per_batch	none	time	none
batch_time	none	time	none
train/batch_time	train	time	none
eval/eval_time	validation	time	none
forward_time_ms	none	time	none
time_elapsed	none	time	none
time/time_elapsed	none	time	none
images_per_second	none	throughput	none
steps_per_second	none	throughput	none
examples/sec	none	throughput	none
it_per_sec	none	throughput	none
TFLOPS	none	throughput	none
gpu_mem	none	memory	none
max_memory_reserved_GB	none	memory	none
memory/peak_active(GiB)	none	memory	none
ram_usage	none	memory	none
gpu/0/temperature	none	system	none
cpu_utilization	none	system	none
reward/mean	none	reward	max
return/avg	none	reward	max
evaluation/return-mean	validation	reward	max
AverageReturn	none	reward	max
alpha	none	hyperparameter	none
alpha_loss	none	-	none
ent_coef	none	hyperparameter	none
Q1	none	-	none
td_loss	none	rl-loss	none
policy/loss	none	rl-loss	none
value/loss	none	rl-loss	none
loss/policy	none	rl-loss	none
loss/critic	none	rl-loss	none
Loss/actor_loss	none	rl-loss	none
value_function_loss	none	rl-loss	none
bc_loss	none	-	-
success	none	accuracy	max
collision_rate	none	-	-
tracking_error	none	-	min
chosen_rewards	none	reward	none
rewards/chosen	none	reward	none
rewards/accuracies	none	accuracy	max
logps/rejected	none	diagnostic	none
objective/kl	none	kl	none
objective/rlhf_reward	none	reward	none
nll_loss	none	loss	min
sft_loss	none	loss-part	min
dpo_loss	none	loss-part	min
ortho_loss	none	-	-
weight_norm_loss	none	-	-
temperature_scale	none	hyperparameter	none
early_stopping_counter	none	-	none
is_best	none	other	none
min_val_loss	validation	-	-
lowest_val_loss	validation	other	none
max_val_acc	validation	-	-
val_acc_max	validation	-	-
epochs_since_best	none	other	none
val_loss_ema	validation	loss	min
train_loss_ema	train	loss	min
running_train_acc	train	accuracy	max
trainLossAvg	train	loss	min
valLossMin	validation	-	-
test_loss_per_epoch	test	loss	min
loss_per_sample	none	loss	min
loss per epoch	none	loss	min
accuracy per class/cat	-	accuracy	max
per_class_acc/dog	none	accuracy	max
iou_per_class/road	none	metric	max
class_0/f1	none	metric	max
confusion/tp	none	-	-
tp_rate	none	-	-
TPR	none	metric	max
FPR	none	error-rate	min
fnr	none	error-rate	min
EER	none	error-rate	min
minDCF	none	-	min
top1-error	none	error-rate	min
err@1	none	error-rate	min
prec@1	none	accuracy	max
mIoU/val	validation	metric	max
IoU/class/car	none	metric	max
Accuracy vs. Epoch	none	accuracy	max
loss_vs_time	none	loss	min
validation_curve/loss	validation	loss	min
training_loss_curve	train	loss	min
cv_score	validation	-	-
k_fold_cv_loss	validation	loss	min
"""
LINES = [line.split("\t") for line in TRAPS.strip().splitlines()]


@pytest.mark.parametrize(("tag", "phase", "quantity", "direction"), LINES, ids=[line[0] for line in LINES])
def test_tag_alone(tag: str, phase: str, quantity: str, direction: str) -> None:
    (role,), _ = assign_roles([Seen("", tag)])
    assert phase in ("-", role.phase), role
    assert quantity in ("-", role.quantity), role
    assert direction in ("-", role.direction), role


IN_COMPANY = [
    # siblings, folder, tag, (phase, quantity, direction): what stands beside a tag decides
    (("val_loss",), "", "loss", ("train", "loss", "min")),
    (("val_accuracy",), "", "accuracy", ("train", "accuracy", "max")),
    (("acc/valid",), "", "accuracy", ("train", "accuracy", "max")),
    (("loss/test",), "", "loss", ("train", "loss", "min")),
    (("train_loss", "valid_loss", "lr_0", "mom_0"), "", "accuracy", ("validation", "accuracy", "max")),
    (("rollout/ep_rew_mean", "rollout/ep_len_mean"), "", "train/loss", ("train", "rl-loss", "none")),
    (("charts/episodic_return", "charts/SPS"), "", "losses/td_loss", ("train", "rl-loss", "none")),
    (("test/reward", "train/env_step"), "", "update/loss", ("train", "rl-loss", "none")),
    (("t_loss",), "", "t_loss", ("train", "loss", "min")),
    ((), "validation", "epoch_loss", ("validation", "loss", "min")),
    ((), "train", "epoch_accuracy", ("train", "accuracy", "max")),
    ((), "eval_dev", "loss", ("validation", "loss", "min")),
    ((), "train_inner", "ppl", ("train", "perplexity", "min")),
    ((), "valid1", "nll_loss", ("validation", "loss", "min")),
    ((), "train", "lr", ("train", "learning-rate", "none")),
    ((), "", "Training vs. Validation Loss/Training", ("train", "loss", "min")),
    ((), "", "Training vs. Validation Loss/Validation", ("validation", "loss", "min")),
    (("train/cross_entropy_1",), "", "test/cross_entropy_1", ("test", "loss", "min")),
    (("train_log/total_loss", "test_log/total_loss"), "", "total_loss", ("none", "loss", "min")),
    ((), "", "Loss&Acc/valid_acc", ("validation", "accuracy", "max")),
]


@pytest.mark.parametrize(("siblings", "folder", "tag", "want"), IN_COMPANY)
def test_tag_in_company(siblings: tuple[str, ...], folder: str, tag: str, want: tuple[str, str, str]) -> None:
    roles, _ = assign_roles([Seen(folder, tag), *(Seen("", other) for other in siblings)])
    assert (roles[0].phase, roles[0].quantity, roles[0].direction) == want, roles[0]


def test_what_cannot_be_told_is_not_trusted() -> None:
    for tag in ("v_loss", "score", "IS", "value", "myds_metric", "nll", "accuracy", "eval/train_loss", "foo"):
        (role,), _ = assign_roles([Seen("", tag)])
        assert role.confidence < TRUSTED_CONFIDENCE, (tag, role)
    (role,), _ = assign_roles([Seen("", "Training vs. Validation Loss")])
    assert role.phase == "none"
    assert role.confidence < TRUSTED_CONFIDENCE


def test_reasons_name_the_words_that_decided() -> None:
    (role,), _ = assign_roles([Seen("", "metrics/dev_nll")])
    assert role.reason == "validation: token 'dev'; loss: last part 'nll'"


def test_a_name_inside_a_longer_word_says_nothing() -> None:
    for word in ("loss", "acc", "val", "test", "train", "error", "lr", "time", "map", "kl"):
        for tag in (f"x{word}x", f"q{word}ivity", f"{word}zzy"):
            (role,), _ = assign_roles([Seen("", tag)])
            assert (role.phase, role.quantity) == ("none", "other"), (tag, role)
