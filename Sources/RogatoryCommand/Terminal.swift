import Glibc

/// Asks for a secret on the terminal, without showing what is typed; nil where nobody sits at one.
///
/// - Throws: a ``Failure`` with the exit code of a cancelled command at Ctrl-C.
func askOnTerminal(_ prompt: String) throws -> [UInt8]? {
  guard isatty(STDIN_FILENO) == 1 else { return nil }
  let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
  guard terminal >= 0 else { return nil }
  defer { close(terminal) }
  var before = termios()
  guard tcgetattr(terminal, &before) == 0 else { return nil }
  var hidden = before
  // Signals are keys here like others, so that nothing ends the program before echo is on again.
  hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
  guard tcsetattr(terminal, TCSAFLUSH, &hidden) == 0 else { return nil }
  defer { tcsetattr(terminal, TCSAFLUSH, &before) }
  _ = prompt.withCString { write(terminal, $0, strlen($0)) }
  defer { _ = "\n".withCString { write(terminal, $0, 1) } }
  return try readHidden(from: terminal)
}

private func readHidden(from terminal: Int32) throws -> [UInt8]? {
  var line: [UInt8] = []
  line.reserveCapacity(maximumLine)
  while line.count < maximumLine {
    var byte: UInt8 = 0
    let count = read(terminal, &byte, 1)
    if count < 0, errno == EINTR { continue }
    guard count == 1 else { return nil }
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return line
    case 0x03: throw Failure(.cancelled, "cancelled", safe: "nothing was changed")
    case 0x04: return line.isEmpty ? nil : line
    case 0x08, 0x7F:
      // One character, which has several bytes beyond ASCII.
      while let last = line.popLast(), last & 0xC0 == 0x80 {}
    case 0x15: line.removeAll(keepingCapacity: true)
    case 0: break
    default: line.append(byte)
    }
  }
  return line
}

/// As long as `openssl` takes a passphrase.
private let maximumLine = 1000
