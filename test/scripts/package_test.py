"""scripts/package where the build is a stand-in, but packages are real and hold the program."""
import os
import unittest

from support import CLEAVE, ROOT, Script

# Puts the program with its data, and a second package, where cpack was called.
CPACK = f"""echo "cpack $*" >>"$log"
work=$(mktemp -d)
for name in cleave cleave-dev; do
    mkdir -p "$work/$name/DEBIAN" "$work/$name/usr/bin" "$work/$name/usr/share/cleave"
    printf 'Package: %s\\nVersion: 0\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' "$name" \\
        >"$work/$name/DEBIAN/control"
done
cp '{CLEAVE}' "$work/cleave/usr/bin/cleave"
cp -r '{ROOT}'/{{network_specs,cost_models,configs}} "$work/cleave/usr/share/cleave"
[[ -z ${{NO_CONFIGS-}} ]] || rm -r "$work/cleave/usr/share/cleave/configs"
for name in cleave cleave-dev; do
    dpkg-deb --root-owner-group -Znone -b "$work/$name" "${{name}}_0_all.deb" >/dev/null
done
rm -r "$work"
"""
NAMES = ["cleave-dev_0_all.deb", "cleave_0_all.deb"]


class Package(Script):
    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("package", "common.bash", "packages")
        (self.tree / "build/release").mkdir(parents=True)
        self.stand_in_packages()
        self.stand_in_cmake()
        self.stand_in("cpack", CPACK)
        for name in ("dpkg-deb", "tar"):
            (self.dir / "bin" / name).symlink_to(f"/usr/bin/{name}")
        self.only_stand_ins()

    def package(self, *arguments, status=0):
        return self.run_script(self.tree / "scripts/package", *arguments, status=status)

    def test_packages_are_built_and_named(self):
        self.write("tree/build/release/cleave_old_all.deb", "")
        done = self.package()
        folder = self.tree / "build/package"
        self.assertEqual(done.stdout.splitlines(), [f"{folder}/{name}" for name in NAMES])
        self.assertEqual(sorted(path.name for path in folder.iterdir()), NAMES)
        self.assertEqual(self.log(), ["cmake --preset release",
                                      f"cmake --build {self.tree}/build/release --target cleave_cli", "cpack -G DEB"])

    def test_the_program_is_tried_out_of_its_package(self):
        done = self.package("--test", self.dir / "out")
        self.assertIn("unpacked and run; NOT installed in a clean root", done.stderr)
        self.assertEqual(done.stdout.splitlines()[:2], [f"{self.dir}/out/{name}" for name in NAMES])

    def test_a_program_that_does_not_work_fails(self):
        self.environment["NO_CONFIGS"] = "1"
        done = self.package("--test", status=1)
        self.assertNotIn("unpacked and run", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "a clean root needs root")
    def test_in_a_clean_root_the_package_is_installed(self):
        self.stand_in("mmdebstrap", 'printf "%s\\n" "$@" >>"$log"\necho "its log"\n')
        self.stand_in("unshare", 'cat >"$log.tried"\nexit "${ROOT_STATUS:-0}"\n')
        done = self.package("--test", self.dir / "out")
        self.assertIn("installed and run in a clean root", done.stderr)
        self.assertIn(f"--customize-hook=copy-in '{self.dir}/out/cleave_0_all.deb' /tmp", self.log())
        self.assertIn("cleave --quiet explore", (self.dir / "log.tried").read_text(encoding="utf-8"))
        self.environment["ROOT_STATUS"] = "1"
        done = self.package("--test", self.dir / "out", status=1)
        self.assertTrue(done.stderr.endswith("its log\npackage: the package does not work in a clean root\n"), done.stderr)

    def test_says_why_it_could_not_build(self):
        self.environment["FAILS"] = "--build"
        done = self.package(status=1)
        self.assertEqual((done.stdout, done.stderr), ("", "this --build fails\npackage: the packages could not be built\n"))

    def test_other_options_are_refused(self):
        for arguments in (["--tset"], ["a", "b"]):
            self.assertIn("usage: ", self.package(*arguments, status=2).stderr)
        self.assertEqual(self.log(), [])
