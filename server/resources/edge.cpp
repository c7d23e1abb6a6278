#include "server/resources/edge.hpp"

namespace outpost::server {

Task<Reply> EdgeResource::handle(Request request) {
    const RequestHead& head = *request.head;
    cdn::Request asked;
    asked.method = head.method_text;
    asked.scheme = request.tls ? "https" : "http";
    asked.host = head.host;
    asked.path = request.path;
    asked.raw_path = head.path;
    asked.raw_query = head.query;
    asked.fields = head.fields;
    asked.body = request.body;
    asked.client = request.client;
    asked.minor_version = head.minor_version;
    asked.now = request.now;
    asked.presence = request.presence;
    cdn::Reply answer = co_await edge_.handle(std::move(asked));
    Reply reply;
    reply.status = static_cast<Status>(answer.status);
    reply.headers.add_lines(answer.lines);
    reply.body = std::move(answer.body);
    reply.content_length = answer.length;
    reply.has_standing_fields = true;
    reply.cache = cdn::to_text(answer.how);
    co_return reply;
}

}  // namespace outpost::server
