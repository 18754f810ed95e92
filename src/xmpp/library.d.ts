/** What we use of @xmpp/component 0.13 and @xmpp/xml 0.13, which ship no types. */
declare module '@xmpp/xml' {
  import type { EventEmitter } from 'node:events';

  type Attributes = Readonly<Record<string, string | undefined>>;
  type Child = xml.Element | string | undefined;

  function xml(name: string, attrs?: Attributes, ...children: (Child | Child[])[]): xml.Element;

  namespace xml {
    class Element {
      constructor(name: string, attrs?: Attributes);
      /** With its prefix. */
      name: string;
      attrs: Record<string, string | undefined>;
      children: (Element | string)[];
      parent: Element | null;
      is(name: string, namespace?: string): boolean;
      /** Without prefix. */
      getName(): string;
      getNS(): string | undefined;
      getChild(name: string, namespace?: string): Element | undefined;
      getChildren(name: string, namespace?: string): Element[];
      getChildElements(): Element[];
      getChildText(name: string, namespace?: string): string | null;
      getText(): string;
      append(...nodes: (Element | string)[]): void;
      toString(): string;
    }

    class Parser extends EventEmitter {
      write(data: string): void;
    }
  }

  export = xml;
}

declare module '@xmpp/component' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type xml from '@xmpp/xml';

  /** The entity of `component()`; an emitter of status words, `element`, `online` and `error`. */
  export interface ComponentEntity extends EventEmitter {
    /** Null before `connect` and after the socket has closed. */
    readonly socket: Socket | null;
    /** Milliseconds the library waits for an answer by itself. */
    timeout: number;
    /** What `connect` makes a socket from. */
    Socket: new () => Socket;
    /** What `open` makes a parser from. */
    Parser: new () => InstanceType<typeof xml.Parser>;
    connect(service: string): Promise<void>;
    open(options: { domain: string; timeout?: number }): Promise<unknown>;
    readonly reconnect: { stop(): void };
  }

  export function component(options: { service: string; domain: string; password: string }): ComponentEntity;
}
