import { isOperationError, thrownText } from "@argo-ts/kernel"
import type { SpanAttributes, Tracing } from "./tracing.js"

/** What is asked of a span of `@opentelemetry/api`, 1.x. */
export interface OpenTelemetrySpan {
  setAttribute(name: string, value: string): unknown
  setStatus(status: { code: number; message?: string }): unknown
  recordException(exception: Error | string): void
  end(): void
}

/** What is asked of a tracer of `@opentelemetry/api`, 1.x: any of its tracers will do. */
export interface OpenTelemetryTracer {
  startActiveSpan<T>(
    name: string,
    options: { attributes?: { [name: string]: string | number | boolean } },
    work: (span: OpenTelemetrySpan) => T,
  ): T
}

/** `SpanStatusCode.ERROR`. */
const failedStatus = 2

/**
 * Tracing through an OpenTelemetry tracer: a span for each reconcile, and one for each of its requests below it. A
 * tracer of an application without an SDK records nothing and costs next to nothing.
 *
 * @example
 * ```ts
 * import { trace } from "@opentelemetry/api"
 *
 * const tracing = openTelemetryTracing(trace.getTracer("workflows"))
 * createManager({ cluster, clock, logger, tracing }).add(workflows()).start()
 * ```
 */
export function openTelemetryTracing(tracer: OpenTelemetryTracer): Tracing {
  return {
    span: <T>(name: string, attributes: SpanAttributes, work: () => Promise<T>) =>
      tracer.startActiveSpan(name, { attributes }, async (span): Promise<T> => {
        try {
          return await work()
        } catch (error) {
          const message = thrownText(error)
          span.recordException(error instanceof Error ? error : message)
          span.setStatus({ code: failedStatus, message })
          if (isOperationError(error)) span.setAttribute("error.type", error.code)
          throw error
        } finally {
          span.end()
        }
      }),
  }
}
