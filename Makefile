# quizengine: everything you can do here, from one door. `make` lists it.
# Needs make (GNU make 3.81 or newer) and Python 3.11, 3.12 or 3.13 with venv.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help exam web try lab test enforced faults check schemas docs pictures figures setup setup-run setup-labs setup-dev lock bench clean

# pip stays quiet about itself; its errors still show.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_WARN_SCRIPT_LOCATION := 1
export PIP_ROOT_USER_ACTION := ignore
export PIP_USER := 0

help:
	@echo 'make exam    sit a timed mock exam       (more: make exam ARGS="--help")'
	@echo 'make web     the same in the browser    (more: make web ARGS="--help")'
	@echo 'make try     ten questions, no clock     (more: make try ARGS="--help")'
	@echo 'make lab     a SageMaker lab, done for you (more: make lab ARGS="--help")'
	@echo 'make test    all checks and tests        (one: make test ARGS="-k deadline")'
	@echo 'make enforced every lab, whole, under the policies of infra/ (minutes; one: ARGS="-k traffic")'
	@echo 'make faults  every fault that a lab on AWS must survive (hours; one lab: ARGS="-k traffic")'
	@echo 'make check   style, types and the rules every question must keep'
	@echo 'make schemas write questions/schema/ anew, after a change of the models'
	@echo 'make docs    write docs/cli.md anew, after a change of a command'
	@echo 'make pictures  draw docs/pictures/ anew, after a change of what is seen (needs Chromium)'
	@echo 'make figures draw questions/figures/ anew, after a change in docs/figures/'
	@echo 'make bench   every benchmark'
	@echo 'make setup   prepare .venv for working on the project, and nothing else'
	@echo 'make lock    write locks/*.txt anew      (newer releases: make lock ARGS=--upgrade)'
	@echo 'make clean   delete .venv, builds and caches; your results stay'
	@echo
	@echo 'Another Python: make exam PYTHON=/path/to/python3.12'

# Recipes that need the terminal are one plain command each: nothing stands between
# the keyboard and the exam.
exam: setup-run
	@.venv/bin/quizengine exam start $(ARGS)

web: setup-run
	@.venv/bin/quizengine serve $(ARGS)

try: setup-run
	@.venv/bin/quizengine exam start --questions 10 --untimed $(ARGS)

# Without ARGS: the first lab, done in a home of its own, so that nothing of it counts as yours.
lab: export QUIZENGINE_SHOW = $(value SHOW_A_LAB)
lab: setup-labs
	@$(if $(ARGS),.venv/bin/quizengine lab $(ARGS),$(SHELL) -c "$$QUIZENGINE_SHOW")

define SHOW_A_LAB
unset QUIZENGINE_SHOW
QUIZENGINE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/quizengine-lab.XXXXXX") || exit 1
export QUIZENGINE_HOME
trap '.venv/bin/quizengine cloud stop >/dev/null; rm -rf "$QUIZENGINE_HOME"' EXIT
trap 'exit 130' INT TERM HUP
show() { echo; echo "\$ quizengine $*"; .venv/bin/quizengine "$@"; }

show lab start train_xgboost --into "$QUIZENGINE_HOME/train_xgboost" &&
    show lab solution train_xgboost --run &&
    show lab clean train_xgboost || exit
echo
echo 'That was the solution. Now you:'
echo
echo '    .venv/bin/quizengine lab start train_xgboost'
endef

test: check
	.venv/bin/python -m pytest -n 2 $(ARGS)

# Minutes: both solutions of every lab, its checks and its cleaning, as the learner of infra/.
enforced: setup-dev
	QUIZENGINE_ENFORCED=all .venv/bin/python -m pytest --timeout=600 tests/infra/test_enforced.py $(ARGS)

# Hours: every fault of tests/labs/aws/faults, at every call of every lab.
faults: setup-dev
	QUIZENGINE_FAULTS=all .venv/bin/python -m pytest -n 2 tests/labs/aws/faults $(ARGS)

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/quizengine bank lint

schemas: setup-dev
	@set -e; for name in question card exam; do \
	    .venv/bin/quizengine bank schema $$name > questions/schema/$$name.schema.json; \
	done

docs: setup-dev
	@.venv/bin/python docs/make_cli.py

pictures: setup-dev
	@.venv/bin/python docs/pictures.py
	@.venv/bin/python docs/make_screenshots.py

figures: setup-dev
	@.venv/bin/python -m docs.figures.draw

bench: setup-dev
	@set -e; for script in benchmarks/*.py; do \
	    [ -e "$$script" ] || { echo 'There are no benchmarks yet.'; exit 0; }; \
	    echo "== $$script"; .venv/bin/python "$$script"; \
	done

clean:
	rm -rf .venv build dist __pycache__ .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find quizengine tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- locks -------------------------------------------------------------------------
# One lock for every supported Python and system, each a part of the next: run, labs, dev.
# dev is made first, and the others are held to its versions.

UV := .venv/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock: setup-dev
	@[ -x $(UV) ] || { echo 'Installing uv into .venv ...'; .venv/bin/python -m pip install --quiet uv; }
	$(COMPILE) $(ARGS) pyproject.toml --group dev --extra sdk --output-file locks/dev.txt
	$(COMPILE) pyproject.toml --group backend --extra labs --constraint locks/dev.txt --output-file locks/labs.txt
	$(COMPILE) pyproject.toml --group backend --constraint locks/dev.txt --output-file locks/run.txt

# --- set-up ------------------------------------------------------------------------
# .venv/.run, .venv/.labs and .venv/.dev say what .venv was last set up from: checksums of the lock
# and of pyproject.toml, and the folder (a .venv does not survive being moved).
# .venv/.busy names the process that is setting up. Left behind by one that is gone, it
# says that a set-up was cut short; the next one then begins from nothing.

setup: setup-dev
	@echo '.venv is ready. Next: make test'

setup-run: export QUIZENGINE_SETUP = $(value SETUP)
setup-run:
	@$(SHELL) -c "$$QUIZENGINE_SETUP" setup run '$(PYTHON)'

setup-labs: export QUIZENGINE_SETUP = $(value SETUP)
setup-labs:
	@$(SHELL) -c "$$QUIZENGINE_SETUP" setup labs '$(PYTHON)'

setup-dev: export QUIZENGINE_SETUP = $(value SETUP)
setup-dev:
	@$(SHELL) -c "$$QUIZENGINE_SETUP" setup dev '$(PYTHON)'

define SETUP
want=$1 asked=$2
unset QUIZENGINE_SETUP

key() { cksum "locks/$1.txt" pyproject.toml && pwd -P; }
set_up_as() { [ -f ".venv/.$1" ] && [ "$(cat ".venv/.$1")" = "$(key "$1")" ]; }
set_up_in() { cat .venv/.run .venv/.labs .venv/.dev 2>/dev/null | tail -n 1; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
supported() { case $1 in 3.11 | 3.12 | 3.13) ;; *) return 1 ;; esac; }

# Somebody else at it? Wait.
waiting=
while owner=$(cat .venv/.busy 2>/dev/null) && kill -0 "$owner" 2>/dev/null; do
    [ -n "$waiting" ] || echo "Waiting for process $owner, which is setting up .venv ..."
    waiting=yes
    sleep 1
done

# What is there: nothing usable, something old, or all of it?
fresh=
if [ -e .venv/.busy ] || [ "$(set_up_in)" != "$(pwd -P)" ]; then
    fresh=yes
elif has=$(version .venv/bin/python) && supported "$has"; then
    [ -z "$asked" ] || [ "$(version "$asked")" = "$has" ] || fresh=yes
else
    fresh=yes
fi
if [ -z "$fresh" ] && set_up_as "$want"; then exit 0; fi

# A Python to build on. It must run: a name on the PATH may be a stand-in that only fails.
if [ -n "$fresh" ]; then
    if [ -n "$asked" ]; then set -- "$asked"; else set -- python3.13 python3.12 python3.11 python3; fi
    python= found= bare=
    for candidate in "$@"; do
        if ! has=$(version "$candidate"); then
            if command -v "$candidate" >/dev/null; then found="$found
    $candidate: does not run"; fi
        elif ! supported "$has"; then
            found="$found
    $candidate: Python $has"
        elif ! "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
            bare="$bare $candidate"
        else
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ] && [ -n "$bare" ]; then
        echo "Python's venv is missing from:$bare
On Debian and Ubuntu: sudo apt install python3-venv
Or name a Python that has it: make PYTHON=/path/to/python3.12 ..." >&2
        exit 1
    fi
    if [ -z "$python" ]; then
        echo "quizengine needs Python 3.11, 3.12 or 3.13. Looked for: $*. Found:${found:- none of them.}
Install one (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python@3.13;
anywhere: python.org/downloads), or name one: make PYTHON=/path/to/python3.12 ..." >&2
        exit 1
    fi
fi

case $want in
    run) size='about 145 MB' ;;
    labs) size='with the labs, about 850 MB' ;;
    dev) size='with the labs and the development tools, about 1.7 GB' ;;
esac
if [ -n "$fresh" ]; then
    echo "Setting up .venv ($size, once; usually under a minute) ..."
else
    echo "Bringing .venv up to date ($size in all) ..."
fi

cut=
trap 'cut=yes' INT TERM HUP
step() {
    "$@"
    code=$?
    if [ -n "$cut" ] || [ "$code" -gt 128 ]; then
        echo 'The set-up was cut short. The next one begins anew.' >&2
        exit 130
    elif [ "$code" -ne 0 ]; then
        [ -n "$fresh" ] || rm -f .venv/.busy
        echo 'The set-up of .venv failed: the reason stands above.' >&2
        exit 1
    fi
}
mkdir -p .venv
echo $$ >.venv/.busy
if [ -n "$fresh" ]; then
    step find .venv -mindepth 1 -maxdepth 1 ! -name .busy -exec rm -rf {} +
    step "$python" -m venv .venv
fi
step .venv/bin/python -m pip install --quiet --require-hashes -r "locks/$want.txt"
step .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
for part in run labs dev; do
    key "$part" >".venv/.$part"
    [ "$part" != "$want" ] || break
done
rm -f .venv/.busy
endef
