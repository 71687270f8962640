import fastify from "fastify";
import pg from "pg";

// The plain service that `plain.ts` measures. Its only argument is PostgreSQL's port on loopback; it prints its address.

const pool = new pg.Pool({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  user: "app",
  database: "postgres",
  max: 20,
});
await pool.query("create table entries (id bigserial primary key, body text not null)");
const app = fastify();
app.post<{ Body: { body: string } }>("/", async ({ body: { body } }, reply) => {
  const { rows } = await pool.query("insert into entries (body) values ($1) returning id", [body]);
  return reply.code(201).send(rows[0]);
});
app.get<{ Params: { id: string } }>("/:id", async ({ params: { id } }) => {
  const { rows } = await pool.query("select * from entries where id = $1", [id]);
  return rows[0];
});
console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
