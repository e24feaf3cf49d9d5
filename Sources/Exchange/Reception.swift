/// Everything that comes in passes here, whatever brings it: offers are judged, bytes are taken,
/// and what is whole is checked.
struct Reception: Sendable {
  let offers: OfferDesk
  let intake: Intake
  let quarantine: Quarantine

  init(_ node: ExchangeNode) {
    quarantine = Quarantine(node)
    offers = OfferDesk(node)
    intake = Intake(node, quarantine)
  }
}
