/** Clients that send whatever they like, as any user. */
import net from 'node:net';
import { FrameReader } from '../../../src/privsep/control/frames';
import { decodeMessage } from '../../../src/privsep/control/protocol';
import type { JsonObject } from '../../../src/privsep/control/types';
import { runCommand } from '../../support/command';
import type { Ending } from '../../support/temporary';

/** A frame of any bytes. */
export function frameOf(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** A connection of root's that understands nothing by itself. */
export class RawClient {
  readonly messages: JsonObject[] = [];
  /** Resolves when the other side has hung up. */
  readonly ended: Promise<void>;
  readonly #reader = new FrameReader();
  #came: () => void = () => undefined;
  #isEnded = false;

  constructor(readonly socket: net.Socket) {
    socket.on('data', (bytes) => {
      for (const message of this.#reader.push(bytes) ?? []) {
        this.messages.push(decodeMessage(message) ?? {});
      }
      this.#came();
    });
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) =>
      socket.once('close', () => {
        this.#isEnded = true;
        this.#came();
        resolve();
      }),
    );
  }

  /** Sends bytes as they are. */
  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Waits for so many messages in all, or for the end. */
  async gather(count: number): Promise<readonly JsonObject[]> {
    while (this.messages.length < count && !this.#isEnded) {
      await new Promise<void>((resolve) => (this.#came = resolve));
    }
    return this.messages;
  }
}

/** Connects to a Unix socket; it hangs up with the test. */
export async function connectRaw(t: Ending, socket: string): Promise<RawClient> {
  const connection = net.connect({ path: socket, allowHalfOpen: false });
  await new Promise((resolve, reject) => {
    connection.once('connect', resolve).once('error', reject);
  });
  t.after(() => connection.destroy());
  return new RawClient(connection);
}

const SPEAK = `
import base64, json, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
messages = []
def take():
    head = b''
    while len(head) < 4:
        some = s.recv(4 - len(head))
        if not some: return False
        head += some
    body = b''
    while len(body) < struct.unpack('<I', head)[0]:
        body += s.recv(65536)
    messages.append(json.loads(body))
    return True
more = True
for frame in sys.argv[2:]:
    try: s.sendall(base64.b64decode(frame))
    except OSError: pass
    more = more and take()
s.settimeout(0.5)
try:
    while more: more = take()
except socket.timeout: pass
print(json.dumps({'messages': messages, 'open': more}))
`;

/** What a client of another user was told. */
export interface Told {
  readonly messages: readonly JsonObject[];
  /** Whether the connection was still there half a second later. */
  readonly open: boolean;
}

/** Sends frames as another user, each after the answer to the one before. */
export async function speakAs(
  uid: number,
  socket: string,
  requests: readonly JsonObject[],
): Promise<Told> {
  const frames = requests.map((each) => frameOf(JSON.stringify(each)).toString('base64'));
  const { stderr, stdout } = await runCommand(['python3', '-c', SPEAK, socket, ...frames], { uid });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Told;
}
