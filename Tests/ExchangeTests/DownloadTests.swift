import DurableFiles
import Exchange
import Foundation
import Testing

/// Downloads from a mailbox by ranges (RFC 9110), with `curl` as a client that isn't ours.
struct DownloadTests {
  /// One answer of `curl`: its head in lower case, and its body.
  struct Answer {
    var head: String
    var body: [UInt8]
    var status: Int { statuses(head.uppercased()).last ?? 0 }
  }

  func curl(
    _ server: TestNode, as node: TestNode, _ id: String, _ options: [String]
  ) throws -> Answer {
    let folder = node.folder
    try AtomicFile.write(
      Array(server.anchor.pem.utf8), to: folder + "/anchor.pem", replacing: true)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      [
        "curl", "--silent", "--show-error", "--max-time", "20", "--cert", folder + "/tls.pem",
        "--key", folder + "/tls.key", "--cacert", folder + "/anchor.pem", "--dump-header",
        folder + "/head", "--output", folder + "/body",
      ] + options + ["\(server.card.url)/exchange/v1/transfers/\(id)/content"]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let head = String(
      decoding: try readSmallFile(folder + "/head", limit: 1 << 16), as: UTF8.self)
    return Answer(
      head: head.lowercased(), body: (try? readSmallFile(folder + "/body", limit: 8 << 20)) ?? [])
  }

  @Test func rangesAsCurlAsksForThem() async throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/curl") else {
      return print("skipped: there is no curl")
    }
    let sender = try TestNode("pt-ipcu")
    let receiver = try TestNode("fi-nbi", delivery: .pull)
    try await sender.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(bytes: 2_500_000), to: "fi-nbi", approval: sender.approval)
      let file = try readSmallFile(sender.folder + "/outbox/\(queued.id).age", limit: 8 << 20)
      let length = file.count
      func get(_ options: String...) throws -> Answer {
        try curl(sender, as: receiver, queued.id, options)
      }
      let head = try get("--head")
      #expect(head.status == 200)
      #expect(head.head.contains("content-length: \(length)"))
      #expect(head.head.contains("accept-ranges: bytes"))
      // Asking isn't taking.
      #expect(try sender.entries(.send) == [])
      let tag = try #require(head.head.firstMatch(of: #/etag: (\S+)/#)?.output.1)
      #expect(tag.hasPrefix("\""), "a strong validator")

      let whole = try get()
      #expect(whole.status == 200)
      #expect(whole.body == file)
      #expect(try sender.entries(.send).count == 1)
      for (range, part) in [
        ("0-0", 0..<1), ("100-", 100..<length), ("7-1048583", 7..<1_048_584),
        ("-5", length - 5..<length), ("5-99999999999", 5..<length),
        ("-99999999999", 0..<length), ("\(length - 1)-", length - 1..<length),
      ] {
        let answer = try get("--range", range)
        #expect(answer.status == 206, "\(range)")
        #expect(
          answer.head.contains(
            "content-range: bytes \(part.lowerBound)-\(part.upperBound - 1)/\(length)"), "\(range)")
        #expect(answer.body == Array(file[part]), "\(range)")
      }
      for range in ["\(length)-", "99999999999-", "-0"] {
        let answer = try get("--range", range)
        #expect(answer.status == 416, "\(range)")
        #expect(answer.head.contains("content-range: bytes */\(length)"))
      }
      // What isn't one range of bytes is ignored; so is a range of another file.
      for options in [
        ["Range: bytes=0-1,4-5"], ["Range: bytes=5-1"], ["Range: items=0-1"], ["Range: bytes=+1-2"],
        ["Range: bytes=a-"], ["Range: bytes=-"], ["Range: bytes=18446744073709551616-"],
        ["Range: bytes=5-", "If-Range: \"other\""],
        ["Range: bytes=5-", "If-Range: Sat, 21 Nov 2026 00:00:00 GMT"],
        ["Range: bytes=5-", "If-Range: W/\(tag)"],
      ] {
        let answer = try curl(
          sender, as: receiver, queued.id, options.flatMap { ["--header", $0] })
        #expect(answer.status == 200, "\(options)")
        #expect(answer.body.count == length, "\(options)")
      }
      #expect(try sender.entries(.send).count == 1)
      _ = try await receiver.exchange().pull(from: nil)
      #expect(try get("--range", "5-").status == 410)
    }
  }

  @Test func ofEveryRangeThereIsOneReading() {
    let length: UInt64 = 10
    for (field, wanted): (String?, ByteRange) in [
      (nil, .whole), ("bytes=0-", .part(0..<10)), ("bytes=9-9", .part(9..<10)),
      ("bytes=3-4", .part(3..<5)), ("bytes=3-400", .part(3..<10)), ("bytes=-4", .part(6..<10)),
      ("bytes=-40", .part(0..<10)), ("bytes=10-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
      ("bytes=10-12", .unsatisfiable), ("bytes=4-3", .whole), ("bytes=1-2,4-5", .whole),
      ("bytes=", .whole), ("bytes=-", .whole), ("bytes=--1", .whole), ("bytes=1--", .whole),
      ("bytes= 1-2", .whole), ("Bytes=1-2", .whole), ("bytes=+1-2", .whole), ("", .whole),
      ("bytes=18446744073709551615-", .unsatisfiable), ("bytes=18446744073709551616-", .whole),
      ("bytes=0-18446744073709551615", .part(0..<10)), ("bytes=0x1-", .whole),
    ] { #expect(ByteRange(field, of: length) == wanted, "\(field ?? "none")") }
    #expect(ByteRange("bytes=0-", of: 0) == .unsatisfiable)
    #expect(ByteRange("bytes=-1", of: 0) == .unsatisfiable)
  }
}
