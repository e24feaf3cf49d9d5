"""The Debian package: made, installed, its unit checked, its program run as its user, removed again.

Needs root, since that is who installs packages; where it can't be done, it says so and is skipped. Works
where no systemd runs. ROGATORY_PROGRAM names another program than .build/release/rogatory.
"""
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.environ.get('ROGATORY_PROGRAM', os.path.join(ROOT, '.build/release/rogatory'))
STATE = '/var/lib/rogatory'


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, **options)


def read(path):
    with open(path) as file:
        return file.read()


def installed():
    return run('dpkg-query', '-W', '-f=${Status}', 'rogatory').stdout.startswith('install ok')


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest('only root can install a package')
        if not os.access(PROGRAM, os.X_OK):
            raise unittest.SkipTest(f'there is no program at {PROGRAM}')
        missing = [name for name in ('dpkg-deb', 'patchelf', 'systemd-analyze', 'man', 'setpriv') if not shutil.which(name)]
        if missing:
            raise unittest.SkipTest(f'not installed: {", ".join(missing)}')
        if installed() or os.path.exists(STATE):
            raise unittest.SkipTest('a node is installed on this machine, and is left alone')
        cls.folder = tempfile.mkdtemp(prefix='rogatory-package-')
        # Least compression: what is tested is not the packer.
        made = run(os.path.join(ROOT, 'Scripts/package.sh'), cls.folder,
                   env={**os.environ, 'ROGATORY_PROGRAM': PROGRAM, 'ROGATORY_PACKAGE_LEVEL': '0'})
        assert made.returncode == 0, made.stderr[-2000:]
        cls.package = made.stdout.strip().split('\n')[-1]
        cls.had_user = any(user.pw_name == 'rogatory' for user in pwd.getpwall())
        put = run('dpkg', '-i', cls.package)
        assert put.returncode == 0, put.stdout + put.stderr

    @classmethod
    def tearDownClass(cls):
        gone = run('dpkg', '--purge', 'rogatory')
        left = [path for path in ('/usr/bin/rogatory', '/usr/lib/rogatory', '/lib/systemd/system/rogatory.service')
                if os.path.lexists(path)]
        kept = os.path.isdir(STATE)
        shutil.rmtree(STATE, ignore_errors=True)
        if not cls.had_user:
            run('userdel', 'rogatory')
        shutil.rmtree(cls.folder)
        assert gone.returncode == 0 and not left, (gone.stderr, left)
        assert kept, 'the purge removed evidence'

    def test_control_and_dependencies(self):
        fields = run('dpkg-deb', '-f', self.package).stdout
        version = run(PROGRAM, '--version').stdout.strip()
        self.assertIn(f'Version: {version}\n', fields)
        for name in ('libc6', 'libssl3', 'libsqlite3-0', 'zlib1g'):
            self.assertRegex(fields, rf'Depends: .*{name}')
        owners = run('dpkg-deb', '-c', self.package).stdout
        self.assertNotRegex(owners, r'(?m)^[-d].{4}w|^[-d].{7}w')
        self.assertEqual({line.split()[1] for line in owners.splitlines()}, {'root/root'})

    def test_lintian(self):
        if not shutil.which('lintian'):
            self.skipTest('not installed: lintian')
        found = run('lintian', '--fail-on', 'error,warning', '--allow-root', self.package)
        self.assertEqual((found.returncode, found.stdout), (0, ''))

    def test_the_program_finds_its_libraries_beside_itself(self):
        self.assertEqual(run('/usr/bin/rogatory', '--version', env={}).returncode, 0)
        found = run('ldd', '/usr/lib/rogatory/rogatory').stdout
        self.assertNotIn('not found', found)
        for line in found.splitlines():
            if 'swift' in line or 'Foundation' in line:
                self.assertIn('/usr/lib/rogatory/', line)
        for file in glob.glob('/usr/lib/rogatory/*.so') + ['/usr/lib/rogatory/rogatory']:
            self.assertEqual(run('patchelf', '--print-rpath', file).stdout.strip(), '$ORIGIN', file)

    def test_unit(self):
        checked = run('systemd-analyze', 'verify', '--man=no', '/lib/systemd/system/rogatory.service')
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertNotIn('rogatory.service', checked.stderr)
        scored = run('systemd-analyze', 'security', '--offline=yes', '/lib/systemd/system/rogatory.service')
        level = re.search(r'Overall exposure level for rogatory.service: ([0-9.]+)', scored.stdout)
        self.assertIsNotNone(level, scored.stdout[-500:] + scored.stderr)
        self.assertLess(float(level[1]), 2.5)

    def test_serves_as_its_user_and_stops(self):
        unit = read('/lib/systemd/system/rogatory.service')
        start = re.search(r'^ExecStart=(.+)$', unit, re.M)[1].split()
        home = re.search(r'^Environment=ROGATORY_HOME=(.+)$', unit, re.M)[1]
        user = re.search(r'^User=(.+)$', unit, re.M)[1]
        self.assertEqual(os.stat(STATE).st_mode & 0o777, 0o700)
        as_user = ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', '--no-new-privs', '--']
        environment = {'ROGATORY_HOME': home, 'PATH': os.environ['PATH'], 'CREDENTIALS_DIRECTORY': self.folder}
        # As systemd hands over a credential: readable by the unit's user.
        name = re.search(r'^LoadCredentialEncrypted=(.+)$', unit, re.M)[1]
        os.chmod(self.folder, 0o755)
        credential = os.path.join(self.folder, name)
        with open(credential, 'w') as file:
            file.write('six words that nobody else says\n')
        shutil.chown(credential, user)
        os.chmod(credential, 0o400)
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            port = taken.getsockname()[1]
        made = run(*as_user, '/usr/bin/rogatory', 'init', '--node', 'pt-ipcu', '--country', 'PT', '--port', str(port),
                   '--development', env=environment, umask=0o077)
        self.assertEqual(made.returncode, 0, made.stderr)
        again = os.path.join(self.folder, 'new')
        shutil.copy(credential, again)
        shutil.chown(again, user)
        under = run(*as_user, '/usr/bin/rogatory', 'keys', 'encrypt', '--new-passphrase-file', again, env=environment)
        self.assertEqual(under.returncode, 0, under.stderr)
        check = run(*as_user, *start, '--check', env=environment)
        self.assertEqual(check.returncode, 0, check.stderr)
        with open(os.path.join(self.folder, 'log'), 'w+') as log:
            node = subprocess.Popen(as_user + start, env=environment, stderr=log, umask=0o077)
            try:
                deadline = time.monotonic() + 60
                while 'listens for peers' not in read(log.name) and time.monotonic() < deadline:
                    self.assertIsNone(node.poll(), read(log.name))
                    time.sleep(0.1)
                shown = run('openssl', 's_client', '-connect', f'127.0.0.1:{port}', input='')
                self.assertIn('BEGIN CERTIFICATE', shown.stdout)
                reload = re.search(r'^ExecReload=/bin/kill -(\w+) \$MAINPID$', unit, re.M)[1]
                node.send_signal(getattr(signal, 'SIG' + reload))
                while 'read again' not in read(log.name) and time.monotonic() < deadline:
                    self.assertIsNone(node.poll(), read(log.name))
                    time.sleep(0.1)
                node.terminate()
                self.assertEqual(node.wait(30), 0, read(log.name))
            finally:
                if node.poll() is None:
                    node.kill()
        said = read(os.path.join(self.folder, 'log'))
        self.assertIn('listens for peers', said)
        self.assertIn('read again, and good', said)
        self.assertIn('has stopped', said)
        owners = {os.stat(os.path.join(folder, name)).st_uid
                  for folder, _, names in os.walk(STATE) for name in names}
        self.assertEqual(owners, {pwd.getpwnam(user).pw_uid})

    def test_man_pages(self):
        pages = glob.glob('/usr/share/man/man1/rogatory*') + ['/usr/share/man/man5/node.yaml.5.gz']
        verbs = re.findall(r'^  ([a-z-]+) {2,}', run('/usr/bin/rogatory', '--help').stdout.split('SUBCOMMANDS:')[1], re.M)
        for verb in verbs:
            self.assertIn(f'/usr/share/man/man1/rogatory-{verb}.1.gz', pages)
        for page in pages:
            shown = run('man', '--warnings', '-E', 'UTF-8', '-l', page,
                        env={'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'MANROFFSEQ': '', 'MANWIDTH': '100', 'PAGER': 'cat'})
            self.assertEqual((shown.returncode, shown.stderr), (0, ''), page)
            self.assertIn('NAME', shown.stdout)
        self.assertIn('ROGATORY_LISTEN_PORT', run('man', '-l', pages[-1]).stdout)
        self.assertIn('130', run('man', '-l', '/usr/share/man/man1/rogatory.1.gz').stdout)

    def test_completions(self):
        for path, shell in (('/usr/share/bash-completion/completions/rogatory', 'bash'),
                            ('/usr/share/zsh/vendor-completions/_rogatory', 'zsh'),
                            ('/usr/share/fish/vendor_completions.d/rogatory.fish', 'fish')):
            self.assertIn('passphrase', read(path))
            if shutil.which(shell):
                self.assertEqual(run(shell, '-n', path).returncode, 0, path)


if __name__ == '__main__':
    unittest.main()
