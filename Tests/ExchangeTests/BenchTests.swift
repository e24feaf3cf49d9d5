import Exchange
import Foundation
import Testing

struct BenchTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["EXBENCH"] != nil)) func big() async throws {
    try await withTwoNodes { sender, receiver in
      let pt = sender.exchange()
      let clock = ContinuousClock()
      let small = try sender.sealBundle(bytes: 2000)
      var ids: [String] = []
      let q = try clock.measure {
      for _ in 0..<200 { ids.append(try pt.queue(bundleAt: small, to: "fi-nbi", approval: sender.approval).id) }
      }
      FileHandle.standardError.write(Data("queued 200 \(q)\n".utf8))
      let four = ids
      let e = try await clock.measure {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for part in 0..<4 { group.addTask { for i in stride(from: part, to: 200, by: 4) { _ = try await pt.deliver(four[i]) } } }
          try await group.waitForAll()
        }
      }
      FileHandle.standardError.write(Data("deliver 200 small, four at a time: \(e)\n".utf8))
    }
    try await withTwoNodes { sender, receiver in
      let pt = sender.exchange()
      let clock = ContinuousClock()
      let path = try sender.sealBundle(bytes: 1 << 29)
      FileHandle.standardError.write(Data("sealed big\n".utf8))
      let queued = try pt.queue(bundleAt: path, to: "fi-nbi", approval: sender.approval)
      FileHandle.standardError.write(Data("queued big\n".utf8))
      let d = try await clock.measure { _ = try await pt.deliver(queued.id) }
      for e in try receiver.entries(.offer) + receiver.entries(.receive) + receiver.entries(.deliver) { FileHandle.standardError.write(Data((e.components(separatedBy: "\"time\"").last ?? "").utf8)) }
      FileHandle.standardError.write(Data("deliver 512 MiB with all checks: \(d)\n".utf8))
    }
  }
}
