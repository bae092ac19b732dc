import { Client } from 'pg';

/** One session as superuser; a new one when it was lost with its server. */
export class AdminSession {
  #client: Client | null = null;

  constructor(private readonly url: string) {}

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = this.#client ?? (await this.#open());
    return (await client.query(text, [...values])).rows as Row[];
  }

  async close(): Promise<void> {
    await this.#client?.end();
  }

  async #open(): Promise<Client> {
    const client = new Client({ connectionString: this.url });
    const lost = (): void => {
      if (this.#client === client) this.#client = null;
    };
    client.on('error', lost).on('end', lost);
    await client.connect();
    return (this.#client = client);
  }
}
