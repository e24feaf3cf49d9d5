import Foundation
import RogatoryNode
import Testing

/// `node.yaml`: what is known of it, what isn't, and what goes before it.
struct ConfigurationTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func theExampleHasEveryKeyAndNoOther() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "Config/node.yaml"), encoding: .utf8)
    // As it stands, and with what is commented out.
    _ = try NodeConfiguration(yaml: text)
    let lines = text.split(separator: "\n").map { line -> String in
      guard let match = line.wholeMatch(of: #/# ?( *)([a-zA-Z]+):(.*)/#),
        NodeConfiguration.keyNames.contains(where: {
          $0.split(separator: ".").contains(match.output.2)
        })
      else { return String(line) }
      return "\(match.output.1)\(match.output.2):\(match.output.3)"
    }
    let full = try NodeConfiguration(yaml: lines.joined(separator: "\n"))
    #expect(full.tsa?.anchors == "pki/tsa-anchors.pem")
    let keys = Set(
      lines.compactMap { line in
        line.firstMatch(of: #/^ *([a-zA-Z]+):/#).map { String($0.output.1) }
      })
    for name in NodeConfiguration.keyNames {
      let last = String(name.split(separator: ".").last ?? "")
      #expect(keys.contains(last), "\(name)")
    }
  }

  private static let small = """
    node: pt-ipcu
    country: PT
    authority: A
    development: true
    listen: {host: "127.0.0.1", port: 8443}
    url: "https://pt.example:8443"
    limits: {concurrentTransfersPerPeer: 4, offersPerMinute: 600, maximumBundleBytes: 1000000,
      freeDiskFloorBytes: 0, idleTimeoutSeconds: 60}
    """

  @Test func theEnvironmentGoesBeforeTheFile() throws {
    let configuration = try NodeConfiguration(
      yaml: Self.small,
      environment: [
        "ROGATORY_LISTEN_PORT": "9000", "ROGATORY_LIMITS_IDLE_TIMEOUT_SECONDS": "5",
        "ROGATORY_CRL": "a.pem, b.pem", "ROGATORY_METRICS_HOST": "127.0.0.1",
        "ROGATORY_METRICS_PORT": "0", "ROGATORY_COMPANIONS": "true", "ROGATORY_NODE": "fi-cust",
        "ROGATORY_URL": "", "ROGATORY_HOME": "elsewhere",
      ])
    #expect(configuration.listen.port == 9000)
    #expect(configuration.limits.idleTimeoutSeconds == 5)
    #expect(configuration.crl == ["a.pem", "b.pem"])
    #expect(configuration.metrics?.port == 0)
    #expect(configuration.companions == true)
    #expect(configuration.node == "pt-ipcu")
    #expect(configuration.url == "https://pt.example:8443")
  }

  @Test func limitsOfTimeAndNumberAreTaken() throws {
    let more = ", retrievalSeconds: 60, offerExpirySeconds: 3600, deliveryTurnSeconds: 5}"
    let yaml = Self.small.replacing(
      "idleTimeoutSeconds: 60}", with: "idleTimeoutSeconds: 60" + more)
    let environment = ["ROGATORY_LIMITS_CONCURRENT_DELIVERIES": "2"]
    let limits = try NodeConfiguration(yaml: yaml, environment: environment).limits
    #expect(limits.retrievalSeconds == 60)
    #expect(limits.offerExpirySeconds == 3600)
    #expect(limits.deliveryTurnSeconds == 5)
    #expect(limits.concurrentDeliveries == 2)
    for key in [
      "retrievalSeconds", "offerExpirySeconds", "deliveryTurnSeconds", "concurrentDeliveries",
    ] {
      #expect(throws: NodeError.configuration(.badValue("limits." + key))) {
        try NodeConfiguration(
          yaml: Self.small.replacing(
            "idleTimeoutSeconds: 60}", with: "idleTimeoutSeconds: 60, \(key): 0}"))
      }
    }
  }

  @Test(arguments: [
    ("listn: 1", ConfigurationProblem.unknownKey("listn", nearest: "listen")),
    ("metrics: {hots: a, port: 1}", .unknownKey("metrics.hots", nearest: "metrics.host")),
    ("completely: other", .unknownKey("completely", nearest: nil)),
    ("metrics: 9", .badValue("metrics")),
    ("ocsp: [\"ftp://x\"]", .badValue("ocsp")),
    ("metrics: {host: a, port: 70000}", .badValue("metrics.port")),
    ("metrics: {host: a}", .missing("metrics.port")),
    ("tsa: {policy: a}", .missing("tsa.url")),
  ])
  func aMistakeIsNamed(_ line: String, _ problem: ConfigurationProblem) {
    #expect(throws: NodeError.configuration(problem)) {
      try NodeConfiguration(yaml: Self.small + "\n" + line)
    }
  }

  @Test func whatIsNoMappingIsNone() {
    for text in ["", "- a", "a", "node: [", "\t"] {
      #expect(throws: NodeError.self) { try NodeConfiguration(yaml: text) }
    }
  }
}
