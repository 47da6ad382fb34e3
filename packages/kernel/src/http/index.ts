/**
 * One HTTP client for every adapter: on the clock, bounded, through `addresses`.
 *
 * @packageDocumentation
 */
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpResponse,
} from "./http-client.js"
