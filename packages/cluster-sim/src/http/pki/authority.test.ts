import { X509Certificate } from "node:crypto"
import { describe, expect, test } from "vitest"
import { createAuthority } from "./authority.js"

const authority = createAuthority("test authority")
const root = new X509Certificate(authority.certificate)

describe("an authority", () => {
  test("is one: it signed itself and may sign others", () => {
    expect(root.ca).toBe(true)
    expect(root.subject).toBe("CN=test authority")
    expect(root.verify(root.publicKey)).toBe(true)
    expect(root.validTo).toBe("Dec 31 23:59:59 9999 GMT")
  })

  test("lets a server be called by its names and addresses, and by no other", () => {
    const { certificate } = authority.issueServer(["localhost", "127.0.0.1", "::1", "fe80::12:3"])
    const server = new X509Certificate(certificate)
    expect(server.verify(root.publicKey)).toBe(true)
    expect(server.checkIssued(root)).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.checkHost("localhost")).toBe("localhost")
    expect(server.checkHost("example.com")).toBeUndefined()
    for (const address of ["127.0.0.1", "::1", "fe80::12:3"]) {
      expect(server.checkIP(address)).toBe(address)
    }
    expect(server.checkIP("127.0.0.2")).toBeUndefined()
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"])
  })

  test("tells a user by its common name and groups by organizations", () => {
    const subject = { commonName: "jürgen", organizations: ["team-a", "system:masters"] }
    const { certificate, key } = authority.issueClient(subject)
    const client = new X509Certificate(certificate)
    expect(client.toLegacyObject().subject).toEqual({
      O: ["team-a", "system:masters"],
      CN: "jürgen",
    })
    expect(client.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"])
    expect(client.checkPrivateKey).toBeTypeOf("function")
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  })

  test("gives every certificate a serial number and a key of its own", () => {
    const serials = Array.from({ length: 50 }, () => {
      const { certificate } = authority.issueClient({ commonName: "u" })
      const { serialNumber, publicKey } = new X509Certificate(certificate)
      return [serialNumber, publicKey.export({ format: "der", type: "spki" }).toString("hex")]
    })
    expect(new Set(serials.map(([serial]) => serial)).size).toBe(50)
    expect(new Set(serials.map(([, key]) => key)).size).toBe(50)
  })

  test("did not sign what another signed", () => {
    const other = createAuthority("test authority")
    const { certificate } = other.issueClient({ commonName: "u" })
    expect(new X509Certificate(certificate).verify(root.publicKey)).toBe(false)
  })
})
