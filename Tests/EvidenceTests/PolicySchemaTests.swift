import CanonicalJSON
import Evidence
import Foundation
import Testing

/// The policies that Tests/redaction_policy_test.py reads by the schema, read by the product.
struct PolicySchemaTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Self.root.appending(path: path)))
  }

  @Test(arguments: [
    "Config/redaction-policy.yaml", "Examples/Northlight/redact-for-fi.yaml",
    "Examples/Northlight/redact-for-sg.yaml",
  ])
  func ourOwnPoliciesAreRead(path: String) throws {
    let policy = try Policy(yaml: bytes(path))
    #expect(policy.rules.count > 3)
    #expect(PolicyOutcome(policy: policy).rules.allSatisfy { $0.unknownCode == nil })
  }

  @Test func schemaAndParserAgree() throws {
    let text = String(decoding: try bytes("Tests/Vectors/policies.yaml"), as: UTF8.self)
    let policies = text.split(separator: "\n---\n")
    #expect(policies.count > 40)
    for policy in policies {
      let head = policy.prefix { $0 != "\n" }
      let isGood = head.hasPrefix("# good")
      let isRead = (try? Policy(yaml: Array(policy.utf8))) != nil
      #expect(isRead == isGood, "\(head)")
    }
  }

  @Test func theSchemaHasOurDetectors() throws {
    let schema = try JSON(
      parsing: bytes("Config/redaction-policy.schema.json"), limit: 1 << 20)
    let detect = schema["$defs"]?["rule"]?["properties"]?["detect"]?["items"]?["enum"]?.array
    #expect(detect?.compactMap(\.string) == Detector.allCases.map(\.rawValue))
  }
}
