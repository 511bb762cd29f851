#!/bin/bash
# Train, test and export on a machine with an accelerator, from the parts that `bundle cut` made.
#
#   accelerator.sh PARTS OUT [more options of the training, such as --examples 200]
#
# STAGES (environment): adapter distilled by default; plain (MiniLM without a teacher) and full (all of mpnet's layers)
# are there to compare with. Every run ends within its minutes. Under OUT: results.tar with figures, settings and logs,
# and the weights in files of 15 MiB (`cat NAME.weights.* > weights.safetensors` joins them); eight files at most.
set -eu
parts=$1 out=$2; shift 2
work=${WORK:-/tmp/reader}
python=${PYTHON:-python3}
questions=${QUESTIONS:-0}
workers=${WORKERS:-12}
mkdir -p "$work/results" "$out"
out=$(cd "$out" && pwd)
export PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=true
export PYTHONPATH=$(cd "$(dirname "$0")/../../.." && pwd)
modules=evals.training.reader
test -d "$work/encoders/mpnet" || $python -m $modules.bundle join "$parts" --out "$work"
cd "$work"
note() { echo "== $(date +%T) $*"; }

train() {  # name encoder options...
    local name=$1 encoder=$2; shift 2
    note "train $name"
    $python -m $modules.train encoders/$encoder --pack data/train.xz --run runs/$name --workers $workers "$@" \
        > "$work/results/$name.log" 2>&1 || { tail -30 "$work/results/$name.log"; return 1; }
    grep "loss" "$work/results/$name.log" | awk 'NR % 8 == 1'; tail -1 "$work/results/$name.log"
    keep $name
    for form in passages sentences; do
        note "test $name, $form"
        $python -m $modules.measure encoders/$encoder runs/$name --held data/held.xz --measured data/measured.xz \
            --form $form --questions $questions > "$work/results/$name-$form.json" 2> /tmp/test.err || tail -5 /tmp/test.err
        tar cf "$out/results.tar" -C "$work" results
        tr -d '\n' < "$work/results/$name-$form.json"; echo
    done
}

keep() {
    case $1 in full) return ;; esac  # 170 MB: more than comes back
    split -b 15M -d -a 1 runs/$1/weights.safetensors "$out/$1.weights."
    cp runs/$1/settings.json "$work/results/$1-settings.json"
}

for stage in ${STAGES:-adapter distilled}; do
    case $stage in
    adapter) train adapter mpnet --form both --rank 32 --rate 5e-4 --batch 64 --max-tokens 320 --epochs 3 \
        --dropout 0.05 --within ${ADAPTER_MINUTES:-3.4} "$@" ;;
    distilled) train distilled minilm --form both --rate 3e-4 --batch 96 --max-tokens 320 --epochs 5 \
        --teacher runs/adapter --teacher-encoder encoders/mpnet --teacher-share 0.6 --within ${DISTILLED_MINUTES:-2.4} "$@" ;;
    plain) train plain minilm --form both --rate 2e-4 --batch 96 --max-tokens 320 --epochs 4 --within ${PLAIN_MINUTES:-1.5} "$@" ;;
    full) train full mpnet --form both --rate 4e-5 --batch 64 --max-tokens 320 --epochs 2 --dropout 0.1 \
        --within ${FULL_MINUTES:-3.4} "$@" ;;
    esac
done
for name in distilled plain; do
    test -d runs/$name || continue
    note "export $name"
    $python -m $modules.export encoders/minilm runs/$name --pack data/held.xz --questions 200 2>/dev/null |
        tee "$work/results/$name-export.txt" || true
done
tar cf "$out/results.tar" -C "$work" results
note done; ls -la "$out"
