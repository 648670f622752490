"""scripts/bench with stand-ins for what it builds and for perf."""
import re

from support import ROOT, Script

CSV = """name,regions,options,capacity,epsilon,arcs,seconds,labels,most_labels,front,completeness,gap,peak_bytes
chain,10,10,0.3,0,9,0.5,7,7,2,exact,0,2000000
chain,10,100,0.3,0,9,1.5,70,70,2,exact,0,3000000
"""
PEERS = """echo "bench_peers $*" >>"$log"
while (($#)); do
    [[ $1 != -o ]] || echo '{}' >"$2"
    [[ $1 != --folder ]] || [[ -d $2 ]] || exit 9
    shift
done
"""
PERF = """echo "perf $1" >>"$log"
if [[ $1 == record ]]; then
    while [[ $1 != -- ]]; do shift; done
    shift
    exec "$@"
fi
cat <<'EOF'
# Overhead  Symbol

    40.00%  [.] cleave::DominanceTree::add
     8.00%  [k] clear_page_erms
    22.00%  [.] cleave::best_bound
    12.00%  [.] cleave::SliceSearch::run
     3.00%  [.] cleave::reaches_corner
    10.00%  [.] __memmove
     5.00%  [.] malloc
EOF
"""
# By hand from the above: each symbol belongs to one part.
SHARES = ["40 % dominance, sorting included", "22 % bounds", "15 % candidates", "15 % other", "8 % kernel"]


class Bench(Script):
    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("bench", "common.bash", "packages", "plot_growth", "drawing")
        self.stand_in_packages()
        self.stand_in_cmake({
            "build/bench/bench/bench_micro": 'echo "bench_micro $*" >>"$log"\n[[ -z ${BREAKS-} ]]\n',
            "build/bench/bench/bench_peers": PEERS,
            "build/bench/bench/bench_chains": f"echo \"bench_chains $*\" >>\"$log\"\ncat <<'EOF'\n{CSV}EOF\n",
        })
        self.stand_in("perf", PERF)
        self.only_stand_ins()

    def bench(self, *arguments, status=0):
        done = self.run_script(self.tree / "scripts/bench", *arguments, status=status)
        said = [line.removeprefix("bench: ") for line in done.stderr.splitlines()]
        return done.stdout.splitlines(), [line for line in said if re.fullmatch("micro|peers|growth|profile", line)]

    def calls(self):
        """Of the benchmarks and perf, after those of the build."""
        log = self.log()
        self.assertEqual(log[:2], ["cmake --preset bench", f"cmake --build {self.tree}/build/bench"])
        self.assertFalse([line for line in log[2:] if line.startswith("cmake")])
        return [re.sub(r"--folder \S+", "--folder F", line.replace(f"{self.tree}/build/bench/", "")) for line in log[2:]]

    def test_all_run_when_none_is_named(self):
        out, said = self.bench()
        self.assertEqual(said, ["micro", "peers", "growth", "profile"])
        self.assertEqual(self.calls(), [
            "bench_micro ",
            "bench_peers --implementation dhm-csd --folder F -o peers-dhm-csd.json",
            "bench_peers --implementation dhm-2021 --folder F -o peers-dhm-2021.json",
            "bench_chains ",
            "perf record",
            "bench_peers --network mobilenet_v2_0.5 --implementation dhm-2021 --profile 5",
            "perf report",
            "perf record",
            "bench_peers --network shufflenet_v2_1.0 --implementation dhm-2021 --profile 5",
            "perf report",
        ])
        build = self.tree / "build/bench"
        for name in ("peers-dhm-csd.json", "peers-dhm-2021.json"):
            self.assertTrue((build / name).exists(), name)
        self.assertEqual((build / "growth.csv").read_text(encoding="utf-8"), CSV)
        self.assertIn("<svg", (build / "growth.svg").read_text(encoding="utf-8"))
        self.assertEqual(out, CSV.splitlines() + [f"{network}: {share}"
                                                  for network in ("mobilenet_v2_0.5", "shufflenet_v2_1.0")
                                                  for share in SHARES])

    def test_options_go_to_every_program(self):
        _, said = self.bench("profile", "growth", "micro", "peers", "--", "--seed", "7")
        self.assertEqual(said, ["profile", "growth", "micro", "peers"])
        programs = [line for line in self.calls() if line.startswith("bench_")]
        self.assertEqual(len(programs), 6)
        for line in programs:
            self.assertTrue(line.endswith(" --seed 7"), line)
        self.bench("--", "--seed", "7")
        self.assertEqual(sum(line.endswith(" --seed 7") for line in self.log()), 12)

    def test_only_what_is_named_runs(self):
        for name, count in (("micro", 1), ("peers", 2), ("growth", 1)):
            (self.dir / "log").unlink(missing_ok=True)
            _, said = self.bench(name)
            self.assertEqual((said, len(self.calls())), ([name], count))

    def test_the_scratch_folder_is_taken_away(self):
        temporary = self.dir / "tmp"
        temporary.mkdir()
        self.environment["TMPDIR"] = str(temporary)
        self.bench("peers")
        self.assertIn(f" --folder {temporary}/", self.log()[2])
        self.assertEqual(list(temporary.iterdir()), [])

    def test_nothing_is_built_for_an_unknown_name(self):
        self.bench("micro", "macro", status=2)
        self.assertEqual(self.log(), [])

    def test_ends_at_what_fails(self):
        self.environment["BREAKS"] = "1"
        self.bench("micro", "growth", status=1)
        self.assertEqual(self.calls(), ["bench_micro "])
        self.environment["FAILS"] = "--build"
        self.bench("growth", status=1)
        self.assertFalse([line for line in self.log() if line.startswith("bench_chains")])

    def test_says_which_package_has_perf(self):
        (self.dir / "bin/perf").unlink()
        done = self.run_script(self.tree / "scripts/bench", "profile", status=1)
        self.assertIn("linux-perf", done.stderr)

    def test_the_benchmark_of_growth_has_the_columns(self):
        sources = [path.read_text(encoding="utf-8") for path in (ROOT / "bench").rglob("*.cpp")]
        columns = CSV.splitlines()[0]
        # The literal is broken into lines in the source.
        self.assertTrue(any(columns in re.sub(r'"\s*"', "", text) for text in sources), columns)
