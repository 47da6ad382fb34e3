import { expect, test } from "vitest"
import { resolveAddress } from "./addresses.js"

const addresses = {
  "https://git.example.com": "file:///srv/git",
  "https://git.example.com/shop.git": "/srv/shop.git",
  "registry.example.com/shop": "127.0.0.1:5000/shop",
  "http://metrics.shop.svc/": "http://127.0.0.1:9090/",
}

test.each([
  ["https://git.example.com/shop.git", "/srv/shop.git"],
  ["https://git.example.com/other.git", "file:///srv/git/other.git"],
  ["registry.example.com/shop:1.2.3", "127.0.0.1:5000/shop:1.2.3"],
  ["registry.example.com/shopping:1", "registry.example.com/shopping:1"],
  ["http://metrics.shop.svc/api/v1/query?query=x", "http://127.0.0.1:9090/api/v1/query?query=x"],
  ["https://elsewhere.example.com/", "https://elsewhere.example.com/"],
])("%s is reached at %s", (address, reached) => {
  expect(resolveAddress(addresses, address)).toBe(reached)
})
