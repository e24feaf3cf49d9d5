import AsyncHTTPClient
public import AuditLog
import Merkle
import NIOCore
import NIOPosix

// Witnesses that are no peers: those that the policy names with an address, C2SP tlog-witness. Who a
// witness is, its key says, so the connection needs no certificate of ours.
extension ExchangeNode {
  /// Has the newest checkpoint cosigned by every witness of the policy that has an address; returns
  /// what went wrong, by name. Nothing is lost by that: the next heartbeat tries again.
  public func askWitnesses(_ policy: WitnessPolicy) async throws -> [String: String] {
    let client = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      configuration: HTTPClient.Configuration(
        redirectConfiguration: .disallow,
        timeout: .init(
          connect: .seconds(Int64(limits.connectTimeoutSeconds)),
          read: .seconds(Int64(limits.answerTimeoutSeconds)))))
    var failures: [String: String] = [:]
    for witness in policy.witnesses {
      guard let url = witness.url else { continue }
      do {
        try await submit(to: witness.key, at: url, client)
      } catch {
        failures[witness.key.name] = (error as? ExchangeError)?.words ?? "\(error)"
      }
    }
    try await client.shutdown()
    return failures
  }

  private func submit(
    to key: VerifierKey, at url: String, _ client: HTTPClient
  ) async throws {
    var old = try log.sizeCosigned(by: [key])
    for _ in 0..<Self.attempts {
      let newest = try log.checkpoint()
      let size = newest.checkpoint.size
      // It holds more of this log than there is: the file was restored from an old copy.
      guard old <= size else { throw ExchangeError.ownFork(held: old) }
      if old == size, newest.note.signatures.contains(where: { $0.isBy(key) }) { return }
      let (status, body) = try await post(
        (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/add-checkpoint",
        try log.growth(from: old, to: newest), client)
      switch status {
      case 200:
        try await store(lines: body, by: key, size: size)
        return
      case 409:
        guard body.last == UInt8(ascii: "\n"),
          let held = UInt64(String(decoding: body.dropLast(), as: UTF8.self)), held != old
        else { throw ExchangeError.ownFork(held: nil) }
        old = held
      case 422: throw ExchangeError.ownFork(held: nil)
      default: throw ExchangeError.refusedByPeer(status: status, code: "WITNESS")
      }
    }
    throw ExchangeError.badAnswer("size")
  }

  private func post(
    _ url: String, _ body: [UInt8], _ client: HTTPClient
  ) async throws -> (status: Int, body: [UInt8]) {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.body = .bytes(body)
    let response = try await client.execute(
      request, timeout: .seconds(Int64(limits.answerTimeoutSeconds)))
    let buffer = try await response.body.collect(upTo: WireLimits.signature)
    return (Int(response.status.code), Array(buffer.readableBytesView))
  }

  /// A witness may answer with lines of several keys; the others are no business of ours.
  private func store(lines: [UInt8], by key: VerifierKey, size: UInt64) async throws {
    let lines = String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
    guard let line = lines.first(where: { (try? NoteSignature(line: $0))?.isBy(key) == true })
    else { throw ExchangeError.badAnswer("cosignature") }
    try await NIOThreadPool.singleton.runIfActive {
      try log.acceptCosignature(line, key: key, size: size)
    }
  }

  /// The second is for a witness that holds another size than we thought; more is no accident.
  private static let attempts = 3
}
