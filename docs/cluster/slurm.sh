#!/bin/bash
# A run on several nodes under Slurm: sbatch slurm.sh. Copy it, and change what stands above the line.
#SBATCH --job-name=qwen3-eval
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=32
#SBATCH --mem=0
#SBATCH --time=12:00:00
#SBATCH --output=%x-%j.log
# A node that fails does not end the job: its replicas' work goes to the others.
#SBATCH --no-kill
# Two minutes before the time is over, the run ends in order; the same sbatch goes on with it.
#SBATCH --signal=B:TERM@120
set -euo pipefail

MODEL=${MODEL:-Qwen/Qwen3-8B}
TASKS=${TASKS:-aime24}
# On a file system that all nodes see, and the same for each sbatch of this run.
RUN_DIR=${RUN_DIR:-$PWD/results/aime24}
# Where the other nodes reach the first one; name it where that one has several addresses.
HEAD=${HEAD:-$(hostname -I | cut -d ' ' -f 1)}
PORT=${PORT:-6379}
# source .venv/bin/activate

# ---------------------------------------------------------------------------------------------------------------------
# Whoever has the token runs programs on the nodes: it is made for this job, and is in no file and on no command line.
export RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export RAY_AUTH_TOKEN

# This script runs on the first node of the job, which becomes the head.
ray start --head --block --node-ip-address="$HEAD" --port="$PORT" --include-dashboard=false &
HEAD_PID=$!
WORKERS_PID=
stop() {
    trap - EXIT
    # shellcheck disable=SC2086 # there may be none
    kill $HEAD_PID $WORKERS_PID 2>/dev/null || true
    wait || true
}
trap stop EXIT

until ray status --address "$HEAD:$PORT" >/dev/null 2>&1; do
    kill -0 "$HEAD_PID"
    sleep 2
done

OTHERS=$((${SLURM_JOB_NUM_NODES:-1} - 1))
if [ "$OTHERS" -gt 0 ]; then
    # A step does not inherit the CPUs of a task since Slurm 22.05.
    srun --nodes="$OTHERS" --ntasks="$OTHERS" --exclude="${SLURMD_NODENAME:-$(hostname -s)}" \
        --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" --no-kill --kill-on-bad-exit=0 \
        ray start --address="$HEAD:$PORT" --block &
    WORKERS_PID=$!
fi

# The run begins with the head's GPUs; what joins later gets work at once.
qwen3-eval run --model "$MODEL" --tasks "$TASKS" --run-dir "$RUN_DIR" \
    --engine ray --ray-address "$HEAD:$PORT" --replicas auto --wait-for-replicas 30m &
RUN_PID=$!
trap 'kill -TERM "$RUN_PID"' TERM
code=0
wait "$RUN_PID" || code=$?
# A trap ends the waiting before the run has ended.
while kill -0 "$RUN_PID" 2>/dev/null; do
    code=0
    wait "$RUN_PID" || code=$?
done
# 3: not all is done; the same sbatch goes on.
exit "$code"
