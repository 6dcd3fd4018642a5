"""Holds deploy/job.yaml against the schema of the API, and runs what its pods run, and what the example workflow writes.

usage: deploy.py WORK_DIR
"""

import os
import pathlib
import shutil
import subprocess
import sys

import kubernetes_validate
import yaml

PROGRAM = os.environ["EVENT_SIMULATOR"]
WORK = pathlib.Path(sys.argv[1]) / "run"
VERSIONS = ["1.33", "1.37"]
INDEX = "$(JOB_COMPLETION_INDEX)"


def program(*arguments):
    subprocess.run([PROGRAM, *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def refused(document, version):
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError:
        return True
    return False


def check_schema(documents):
    for version in VERSIONS:
        for document in documents:
            assert not refused(document, version), f"{document['kind']}: not as Kubernetes {version} has it"
            wrong = {**document, "specification": {}}
            assert refused(wrong, version), f"Kubernetes {version} takes anything"
    print(f"{', '.join(d['kind'] for d in documents)}: as Kubernetes {' and '.join(VERSIONS)} have them")


def run_pods(scenario, job):
    """As the pods do, with their folders in ours."""
    spec = job["spec"]
    assert spec["completionMode"] == "Indexed" and spec["parallelism"] <= spec["completions"]
    (container,) = spec["template"]["spec"]["containers"]
    folders = {mount["mountPath"]: WORK / mount["name"] for mount in container["volumeMounts"]}
    for folder in folders.values():
        folder.mkdir(parents=True)
    (WORK / "scenario" / "scenario.yaml").write_text(scenario["data"]["scenario.yaml"])

    def here(argument, index):
        for path, folder in folders.items():
            argument = argument.replace(f"{path}/", f"{folder}/")
        return argument.replace(INDEX, str(index))

    count = spec["completions"]
    for index in range(count):
        program(*(here(argument, index) for argument in container["args"]))
    # A pod that is started again.
    first = WORK / "events" / "part-0.parquet"
    bytes_before = first.read_bytes()
    program(*(here(argument, 0) for argument in container["args"]))
    assert first.read_bytes() == bytes_before
    return [WORK / "events" / f"part-{index}.parquet" for index in range(count)]


def run_workflow():
    """What the workflow writes into the example of dbt, which .ci/dbt builds."""
    workflow = yaml.safe_load(pathlib.Path("examples/github-actions/pipelines.yml").read_text())
    commands = [step["run"] for step in workflow["jobs"]["dbt"]["steps"] if "run" in step]
    (line,) = (command for command in commands if "matrix.seed" in command)
    project = WORK / "dbt"
    shutil.copytree("examples/dbt", project)
    words = line.replace("${{ matrix.seed }}", "1").replace("examples/dbt", str(project)).split()
    program(*words[1:])
    assert (project / "tests/event_simulator/hourly_events_is_event_counts.sql").exists()
    print("the workflow: its command runs")


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    documents = list(yaml.safe_load_all(pathlib.Path("deploy/job.yaml").read_text()))
    check_schema(documents)
    scenario, _, job = documents
    parts = run_pods(scenario, job)
    program("merge", *parts, "-o", WORK / "merged.parquet")
    program("generate", WORK / "scenario" / "scenario.yaml", "-o", WORK / "whole.parquet")
    assert (WORK / "merged.parquet").read_bytes() == (WORK / "whole.parquet").read_bytes()
    print(f"{len(parts)} parts merged are the whole, byte for byte")
    run_workflow()


main()
