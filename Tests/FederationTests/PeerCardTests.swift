import CAdES
import CanonicalJSON
import Federation
import Testing

struct PeerCardTests {
  private func root(_ name: String) throws -> Certificate {
    let key = try SigningKey.generate(.p256)
    return try Development.root(
      key: key, name: DistinguishedName(commonName: name),
      validity: Validity(notBefore: 0, notAfter: 4_000_000_000))
  }

  private func card(stampedBy stampers: [Certificate]) throws -> PeerCard {
    let anchor = try root("pt")
    return PeerCard(
      node: try NodeID("pt-ipcu"), country: "PT", authority: "Unit", url: "https://pt.example:8443",
      tlsAnchors: [anchor], tlsKey: anchor.spkiSHA256, signingAnchors: [anchor],
      timestampAnchors: stampers, recipients: ["age1x"],
      logKey: "pt-ipcu.rogatory.example/log+00000000+AA==",
      cosignerKey: "pt-ipcu.rogatory.example/witness+00000000+AA==")
  }

  @Test func aCardTellsWhoseTimestampsCount() throws {
    let stamper = try root("time")
    let card = try card(stampedBy: [stamper])
    let read = try PeerCard(parsing: card.json.canonicalBytes)
    #expect(read == card)
    #expect(read.timestampAnchors == [stamper])
  }

  /// Cards from before, and their fingerprints, stay what they were.
  @Test func aCardWithoutThemHasNoSuchKey() throws {
    let card = try card(stampedBy: [])
    #expect(card.json["timestampAnchors"] == nil)
    #expect(try PeerCard(parsing: card.json.canonicalBytes) == card)
  }
}
