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
      for _ in 0..<200 { ids.append(try pt.queue(bundleAt: small, to: "fi-nbi", approval: sender.approval).id) }
      let four = ids
      let e = try await clock.measure {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for part in 0..<4 { group.addTask { for i in stride(from: part, to: 200, by: 4) { _ = try await pt.deliver(four[i]) } } }
          try await group.waitForAll()
        }
      }
      print("deliver 200 small, four at a time:", e)
    }
  }
}
