import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { chooseProtocol, exitStatus, frameOf, readFrame } from "./channels.js"

test("the fifth version is preferred to the fourth, older ones are not spoken", () => {
  expect(chooseProtocol("v4.channel.k8s.io, v5.channel.k8s.io")).toBe("v5.channel.k8s.io")
  expect(chooseProtocol("channel.k8s.io,v4.channel.k8s.io")).toBe("v4.channel.k8s.io")
  expect(chooseProtocol("SPDY/3.1+portforward.k8s.io")).toBeUndefined()
  expect(chooseProtocol(undefined)).toBeUndefined()
})

test("messages of a client", () => {
  expect(readFrame(Uint8Array.of(0, 65))).toEqual({ type: "Input", data: Uint8Array.of(65) })
  expect(readFrame(Uint8Array.of(255, 0))).toEqual({ type: "InputEnded" })
  expect(readFrame(Uint8Array.of(255, 1))).toEqual({ type: "Other" })
  expect(readFrame(Buffer.from('\u0004{"Width":80,"Height":24}'))).toEqual({ type: "Other" })
  expect(readFrame(new Uint8Array())).toEqual({ type: "Other" })
})

property.prop([fc.uint8Array()])("whatever is written begins with its channel", (data) => {
  expect([...frameOf("stdout", data)]).toEqual([1, ...data])
  expect(frameOf("stderr", data)[0]).toBe(2)
  expect(frameOf("status", data)[0]).toBe(3)
})

test("only a code other than 0 is a failure", () => {
  expect(exitStatus(0)).toEqual({ metadata: {}, status: "Success" })
  expect(exitStatus(7)).toMatchObject({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: "7" }] },
  })
})
