#include "server/resources/edge.hpp"

namespace outpost::server {
namespace {

Reply as_sent(cdn::Reply answer) {
    Reply reply;
    reply.status = static_cast<Status>(answer.status);
    reply.headers.take_lines(std::move(answer.lines));
    reply.body = std::move(answer.body);
    reply.content_length = answer.length;
    reply.has_standing_fields = true;
    reply.cache = cdn::to_text(answer.how);
    return reply;
}

Task<Reply> as_sent_later(Task<cdn::Reply> coming) {
    cdn::Reply answer = co_await std::move(coming);
    co_return as_sent(std::move(answer));
}

}  // namespace

Eventual<Reply> EdgeResource::handle(Request request) {
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
    Eventual<cdn::Reply> answer = edge_.handle(std::move(asked));
    if (answer.ready()) return as_sent(answer.take());
    return as_sent_later(answer.task());
}

}  // namespace outpost::server
