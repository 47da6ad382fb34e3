import { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { refuse } from "../answer.js"
import { handleRequest, isTrusted, userOf } from "../handle.js"
import { targetOf } from "../request.js"
import { routeOf } from "../route.js"
import type { Setting } from "../setting.js"
import { chooseProtocol } from "./channels.js"
import { isStream, openStream, upgradeRefusal } from "./open-session.js"
import { serveStream, type Upgrade } from "./serve-stream.js"

/** Where an answer goes that is no stream: to the connection, which ends with it. */
function answerOn({ request, socket }: Upgrade): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Socket)
  response.once("finish", () => socket.end())
  return response
}

/** Answers a request that asks for another protocol; never rejects. Where there are no streams it is a request as any other. */
export async function handleUpgrade(setting: Setting, upgrade: Upgrade): Promise<void> {
  const { request, socket } = upgrade
  // Whoever has gone is told nothing.
  socket.on("error", () => socket.destroy())
  try {
    const { pathname, searchParams } = targetOf(request)
    const route = routeOf(await setting.system.kinds({ allVersions: true }), pathname)
    const isAdmitted = !setting.isLocal || isTrusted(request)
    if (!isAdmitted || route === undefined || !isStream(route)) {
      return await handleRequest(setting, request, answerOn(upgrade))
    }
    const user = await userOf(setting, request, pathname)
    const asked = { route, query: searchParams, user }
    const stream = await openStream(asked, setting.authorizer, setting.sessions)
    const { upgrade: protocol = "" } = request.headers
    const isSpoken = chooseProtocol(request.headers["sec-websocket-protocol"]) !== undefined
    if (protocol.toLowerCase() !== "websocket" || !isSpoken) {
      const what = isSpoken || protocol.toLowerCase() !== "websocket" ? protocol : "others"
      throw upgradeRefusal(route.subresource ?? "", what)
    }
    await serveStream(upgrade, stream)
  } catch (error) {
    if (socket.writable) refuse(answerOn(upgrade), error)
  }
}
