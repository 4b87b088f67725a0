import type { Dispatcher } from 'undici';
import type { Channel } from './channel.js';
import { EgressFault } from './egress-fault.js';
import type { EgressLimits } from './egress-limits.js';
import { BodyCapture, keepHeaders, type CapturedResponse } from './response-capture.js';

/** Called once: with null after a complete response, else with what ended the exchange. */
export type ExchangeEnd = (error: Error | null) => void;

/**
 * One request on one socket, as undici's dispatcher reports it. `request` is built on the same interface; without
 * its stream, promise chain and abort listeners an exchange costs two thirds of the CPU.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** The socket it was given; null while it waits for one. */
  channel: Channel | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Record<string, string> = {};
  #interimResponses = 0;
  #ended = false;
  readonly #body: BodyCapture;
  readonly #deadline: NodeJS.Timeout;

  constructor(
    readonly options: Dispatcher.DispatchOptions,
    private readonly limits: EgressLimits,
    private readonly end: ExchangeEnd,
  ) {
    this.#body = new BodyCapture(limits);
    this.#deadline = setTimeout(
      () => this.#fail(new EgressFault('timeout', 'TIMEOUT')),
      limits.totalTimeoutMs,
    );
  }

  /** What has arrived of the final response; null before its headers. */
  get response(): CapturedResponse | null {
    if (this.#status === 0) return null;
    return {
      status: this.#status,
      headers: this.#headers,
      body: this.#body.text(),
      truncated: this.#body.truncated,
    };
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (
      Array.isArray(controller.rawHeaders) &&
      controller.rawHeaders.length / 2 > this.limits.headerCount
    ) {
      this.#fail(new EgressFault('response_too_large', 'HEADER_COUNT'));
    } else if (status >= 200) {
      this.#status = status;
      this.#headers = keepHeaders(headers, this.limits.keptHeaderLength);
    } else if (++this.#interimResponses > this.limits.interimResponses) {
      this.#fail(new EgressFault('response_too_large', 'INTERIM_RESPONSES'));
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#body.add(chunk)) this.#fail(new EgressFault('response_too_large', 'BODY_LENGTH'));
  }

  onResponseEnd(): void {
    this.#finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(error);
  }

  #fail(fault: EgressFault): void {
    // Undici then reports the abort through onResponseError; before the request is on a socket it knows of none.
    if (this.#controller === null) this.#finish(fault);
    else this.#controller.abort(fault);
  }

  #finish(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.end(error);
  }
}
