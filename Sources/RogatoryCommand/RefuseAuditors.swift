import AuditLog
import CanonicalJSON
import Federation
import RogatoryNode

/// Refuses an act with evidence where one of these officers is an auditor, and logs that it was tried.
///
/// Who isn't on the list, or isn't named, is none of this: the act itself asks for that.
func refuseAuditors(
  _ ids: [String?], to act: String, of home: NodeHome
) throws {
  let auditors = try home.officers().officers.filter(\.isAuditor)
  guard let auditor = auditors.first(where: { ids.contains($0.id.text) }) else { return }
  let log = try home.openLog(software: softwareVersion)
  _ =
    try log.append(
      LogDraft(
        .denied,
        [
          "code": "ROLE", "outcome": "refused", "act": .string(act), "role": .string(auditor.role),
        ], personal: ["actor": auditor.id.text])) as LogEntry
  try log.close()
  throw FederationError.auditorOnly(auditor.id.text)
}
