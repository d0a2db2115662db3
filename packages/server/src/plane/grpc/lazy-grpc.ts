import type { Socket } from 'node:net';
import type { GrpcService } from './grpc-service.ts';
import type { Accept } from './whole-exchange.ts';

/** The gRPC service, loaded with the first connection that wants it. */
export class LazyGrpc {
  readonly #accept: Accept;
  readonly #messageBytes: number;
  #loading: Promise<GrpcService> | undefined;
  #service: GrpcService | undefined;
  #isClosed = false;

  constructor(accept: Accept, messageBytes: number) {
    this.#accept = accept;
    this.#messageBytes = messageBytes;
  }

  take(socket: Socket): void {
    if (this.#service !== undefined) return this.#service.take(socket);
    // Until its session has it, an error of the socket is only its end.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    void this.#load().then((service) => {
      socket.off('error', ignore);
      if (this.#isClosed) socket.destroy();
      else service.take(socket);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#service?.close();
  }

  #load(): Promise<GrpcService> {
    this.#loading ??= import('./grpc-service.ts').then(({ GrpcService: Service }) => {
      this.#service = new Service(this.#accept, this.#messageBytes);
      return this.#service;
    });
    return this.#loading;
  }
}
