"""The link between two nodes: a TCP proxy that can be made to misbehave at one byte, once.

A `Link` listens on a port of its own, the one on the receiving node's card, and hands every connection on to
where that node listens now. A `Fault` lies in wait at an offset of everything that passes in one direction
since it was armed; when that byte comes, it happens, and afterwards the link is sound again."""
import queue, socket, struct, threading, time

OUT, BACK = 'out', 'back'  # towards the receiver; its answers
RESET = struct.pack('ii', 1, 0)
CHUNK = 65536


class Fault:
    """`kind`: cut, close, stall, truncate, duplicate, corrupt, or call (which runs `action`)."""

    def __init__(self, kind, direction, offset, length=1, action=None, seconds=None):
        self.kind, self.direction, self.offset, self.length = kind, direction, offset, length
        self.action, self.seconds = action, seconds
        self.happened = threading.Event()

    def __str__(self):
        more = f', {self.length} B' if self.kind in ('truncate', 'duplicate') else ''
        more += f', {self.seconds:.1f} s' if self.seconds else ''
        return f'{self.kind} at byte {self.offset} {self.direction}{more}'


class Link:
    """One node's door. `target` is the port behind it; None: nobody is there, and callers are turned away."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.target, self.delay, self.hold_after = None, 0, None
        self.lock = threading.Lock()
        self.opened, self.counts = set(), {OUT: 0, BACK: 0}
        self.fault, self.silent_until = None, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self, target=None):
        """Sound, with nothing connected, and counting from 0."""
        with self.lock:
            self.fault, self.delay, self.silent_until, self.hold_after, self.target = None, 0, 0, None, target
            self.counts = {OUT: 0, BACK: 0}
        self.drop()

    def drop(self):
        """Ends every connection, and takes new ones."""
        with self.lock:
            opened, self.opened = self.opened, set()
        for connection in opened:
            connection.end(hard=True)

    def arm(self, fault):
        with self.lock:
            self.fault, self.counts = fault, {OUT: 0, BACK: 0}
        return fault

    def close(self):
        self.reset()
        self.listener.close()

    def accept(self):
        while True:
            try:
                caller = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.connect, args=(caller,), daemon=True).start()

    def connect(self, caller):
        self.wait()
        target = self.target
        try:
            if target is None:
                raise OSError('nobody is there')
            callee = socket.create_connection(('127.0.0.1', target), timeout=5)
            callee.settimeout(None)
        except OSError:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return caller.close()
        connection = Connection(self, caller, callee)
        with self.lock:
            self.opened.add(connection)
        connection.start()

    def wait(self):
        """Returns when the link isn't silent."""
        while (left := self.silent_until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def meet(self, direction, data):
        """The fault that lies in this piece, and where; at most once."""
        with self.lock:
            start = self.counts[direction]
            self.counts[direction] += len(data)
            fault = self.fault
            if fault and fault.direction == direction and start <= fault.offset < start + len(data):
                self.fault = None
                return fault, fault.offset - start
        return None, 0


class Connection:
    def __init__(self, link, caller, callee):
        self.link, self.caller, self.callee = link, caller, callee
        self.held = threading.Event()  # set: nothing passes any more
        self.lock, self.left, self.over = threading.Lock(), 2, False
        for end in (caller, callee):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self):
        for direction, source, sink in ((OUT, self.caller, self.callee), (BACK, self.callee, self.caller)):
            threading.Thread(target=self.pump, args=(direction, source, sink), daemon=True).start()

    def end(self, hard):
        with self.lock:
            if self.over:
                return
            self.over = True
        for end in (self.caller, self.callee):
            try:
                if hard:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
        with self.link.lock:
            self.link.opened.discard(self)

    def pump(self, direction, source, sink):
        late = self.delayed(sink) if self.link.delay else None
        passed = 0
        try:
            while data := source.recv(CHUNK):
                self.link.wait()
                passed += len(data)
                if self.link.hold_after is not None and passed > self.link.hold_after:
                    self.held.set()
                if self.held.is_set():
                    continue
                data = self.bend(direction, data, sink)
                if data and late:
                    late.put((time.monotonic() + self.link.delay, data))
                elif data:
                    sink.sendall(data)
            if late:
                late.put((time.monotonic() + self.link.delay, None))
            elif not self.held.is_set():
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.end(hard=True)
        with self.lock:
            self.left -= 1
            last = self.left == 0
        if last and not late:
            self.end(hard=False)

    def delayed(self, sink):
        """A queue whose pieces are sent when they are due: a long line, not a narrow one."""
        line = queue.Queue(maxsize=256)

        def send():
            try:
                while True:
                    due, data = line.get()
                    time.sleep(max(0, due - time.monotonic()))
                    if data is None:
                        return sink.shutdown(socket.SHUT_WR)
                    sink.sendall(data)
            except OSError:
                self.end(hard=True)
        threading.Thread(target=send, daemon=True).start()
        return line

    def bend(self, direction, data, sink):
        """What goes on of this piece. May end the connection."""
        fault, at = self.link.meet(direction, data)
        if fault is None:
            return data
        fault.happened.set()
        if fault.kind in ('cut', 'close'):
            sink.sendall(data[:at])
            self.end(hard=fault.kind == 'cut')
            raise OSError('cut')
        if fault.kind == 'stall':
            sink.sendall(data[:at])
            if fault.seconds:
                self.link.silent_until = time.monotonic() + fault.seconds
                self.link.wait()
                return data[at:]
            self.held.set()
            return b''
        if fault.kind == 'truncate':
            return data[:at] + data[at + fault.length:]
        if fault.kind == 'duplicate':
            return data[:at + fault.length] + data[at:]
        if fault.kind == 'corrupt':
            return data[:at] + bytes([data[at] ^ 1 << (fault.offset % 8)]) + data[at + 1:]
        sink.sendall(data[:at])
        fault.action()
        return data[at:]
