"""Real nodes for the fault suite: homes made by `rogatory init`, copied for each round, and their processes."""
import atexit, functools, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time, weakref
from link import Link

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE = 120  # seconds for anything that should take one: a machine may be busy


class Wrong(Exception):
    """What a round found to be otherwise than it must be."""


def program():
    for path in (os.environ.get('ROGATORY_PROGRAM'), '.build/release/rogatory', '.build/debug/rogatory'):
        path = path and os.path.join(ROOT, path)
        if path and os.access(path, os.X_OK):
            return path
    raise SystemExit('rogatory is not built')


PROGRAM = program()
children = weakref.WeakSet()


@atexit.register
def end_children():
    """Nothing that the suite started outlives it, however it ends (but by -9)."""
    for child in list(children):
        if child.poll() is None:
            child.kill()


def start(*words, **options):
    child = subprocess.Popen(words, text=True, **options)
    children.add(child)
    return child


@functools.cache
def clock_library():
    """`clock.c`, compiled into a file that goes with the suite's folder; None where there is no compiler."""
    compiler = next(filter(shutil.which, (os.environ.get('CC', 'clang'), 'cc', 'gcc')), None)
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'clock.c')
    target = os.path.join(tempfile.gettempdir(), f'rogatory-fault-clock-{os.getpid()}.so')
    if compiler and subprocess.run([compiler, '-O1', '-shared', '-fPIC', source, '-o', target]).returncode == 0:
        atexit.register(os.unlink, target)
        return target


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


class Node:
    """A home, the verbs on it, and perhaps its `serve`."""

    def __init__(self, home, name, link):
        self.home, self.name, self.link = home, name, link
        self.process, self.errors, self.clock = None, [], {}

    def run(self, *words, codes=(0,), patience=PATIENCE):
        child = self.begin(*words)
        return self.finish(child, words, codes, patience)

    def begin(self, *words):
        return start(PROGRAM, '--home', self.home, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                     env={**os.environ, **self.clock})

    def finish(self, child, words, codes, patience=PATIENCE):
        try:
            out, err = child.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            raise Wrong(f'{self.name}: {" ".join(words)} took more than {patience} s: {err[-500:]}')
        if codes is not None and child.returncode not in codes:
            raise Wrong(f'{self.name}: {" ".join(words)} ended with {child.returncode}: {out[-300:]} {err[-1000:]}')
        return Ran(child.returncode, out, err)

    def set_clock(self, ahead):
        """The node's wall clock is so many seconds ahead, also of what runs already with a clock that was set."""
        file = self.home + '.clock'
        with open(file + '.new', 'w') as new:
            new.write(str(ahead))
        os.rename(file + '.new', file)
        self.clock = {'LD_PRELOAD': clock_library(), 'FAULT_CLOCK': file}

    def serve(self):
        """Starts `serve`, waits until it listens, and leads the link to it."""
        self.errors = []
        self.process = start(PROGRAM, '--home', self.home, 'serve', stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             env={**os.environ, **self.clock})
        listens = threading.Event()
        self.port = None
        self.reader = threading.Thread(target=self.listen, args=(self.process, self.errors, listens), daemon=True)
        self.reader.start()
        if not listens.wait(PATIENCE) or self.port is None:
            raise Wrong(f'{self.name}: serve does not listen: {"".join(self.errors)[-1000:]}')
        self.link.target = self.port

    def listen(self, process, errors, listens):
        for line in process.stderr:
            errors.append(line)
            if found := re.search(r'listens for peers on port (\d+)', line):
                self.port = int(found[1])
                listens.set()
        listens.set()

    def kill(self):
        """As the power goes."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.link.target = None

    def stop(self):
        """As an administrator stops it; it has to end by itself, with 0, and without an error in its log."""
        if self.process is None:
            return
        process, self.process, self.link.target = self.process, None, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Wrong(f'{self.name}: serve does not stop within a minute')
        self.reader.join(10)
        text = ''.join(self.errors)
        if code not in (0, -signal.SIGKILL):
            raise Wrong(f'{self.name}: serve ended with {code}: {text[-2000:]}')
        for line in self.errors:
            if re.search(r' (error|critical) rogatory|Fatal error|Crash', line) and not self.expected(line):
                raise Wrong(f'{self.name}: in the log of serve: {line.strip()}')

    expects = ()

    def expected(self, line):
        return any(re.search(pattern, line) for pattern in self.expects)

    def abandon(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def set(self, **keys):
        """Changes values of node.yaml, by the last word of their key."""
        path = os.path.join(self.home, 'node.yaml')
        with open(path) as file:
            text = file.read()
        for key, value in keys.items():
            text, count = re.subn(rf'(?m)^(\s*{key}:).*$', rf'\1 {value}', text)
            if count == 0:
                raise Wrong(f'node.yaml has no {key}')
        with open(path, 'w') as file:
            file.write(text)

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def transfers(self, verb):
        return self.run(verb, '--json').json['transfers']


def make(home, name, link, ahead=None, **limits):
    """A new development node behind a link. It listens on a port that the system chooses."""
    node = Node(home, name, link)
    if ahead is not None:
        node.set_clock(ahead)
    node.run('init', '--node', name, '--country', name[:2].upper(), '--development', '--port', str(link.port))
    path = node.path('node.yaml')
    with open(path) as file:
        text = file.read()
    # The first port is the one to listen on; the URL keeps the link's.
    text = text.replace(f'  port: {link.port}\n', '  port: 0\n', 1)
    with open(path, 'w') as file:
        file.write(text)
    node.set(freeDiskFloorBytes=0, **limits)
    node.run('peer', 'card', '-o', home + '.card')
    return node


def introduce(one, other):
    one.run('peer', 'add', other.home + '.card')
    other.run('peer', 'add', one.home + '.card')


def copy(node, home):
    """The same node in another folder: as if the round before had not been."""
    shutil.copytree(node.home, home)
    return Node(home, node.name, node.link)


def end_on_signal():
    """A suite that is told to end clears up after itself."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def until(what, condition, patience=PATIENCE, pause=0.05):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Wrong(f'{what}: not within {patience} s')
        time.sleep(pause)
