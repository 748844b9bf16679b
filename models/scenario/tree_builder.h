// Builds a Tree from libyaml's events. Used by tree.cpp alone.
#pragma once

#include "models/scenario/tree.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
#include <yaml.h>

namespace tantrum::models::scenario {

class TreeBuilder {
public:
    /// Requires valid UTF-8 without NUL, of at most 4 GiB.
    TreeBuilder(std::string text, Diagnostics& diagnostics);
    ~TreeBuilder();
    TreeBuilder(const TreeBuilder&) = delete;
    TreeBuilder& operator=(const TreeBuilder&) = delete;

    std::shared_ptr<const Tree> build();

private:
    struct Open {  // a collection whose end has not come yet
        Node node;
        std::size_t first;  // its first child in pending_
        std::string anchor;
    };

    static constexpr std::size_t checkpointEvery = 64;  // characters
    static constexpr std::size_t textBlock = 64 * 1024;

    bool refuse(Position position, std::string message, std::string hint = {});
    bool refuseSyntax();
    bool handle(const yaml_event_t& event);
    bool scalar(const yaml_event_t& event);
    bool alias(const yaml_event_t& event);
    bool begin(const yaml_event_t& event);
    bool end(const yaml_event_t& event);
    bool finished(Node node, const std::string& anchor);
    bool checkKeys(const Node& mapping);
    void joinTorn(std::size_t first, bool mapping);
    Range rangeOf(const yaml_event_t& event) const;
    std::uint32_t byteAt(std::size_t character) const;
    Position positionOf(const yaml_mark_t& mark) const;
    const char* keep(std::string_view text);
    bool wrongTag(const yaml_event_t& event, const yaml_char_t* tag);

    Diagnostics& diagnostics_;
    std::shared_ptr<Tree> tree_;
    yaml_parser_t parser_{};
    std::size_t skipped_ = 0;  // bytes of a byte order mark
    bool ascii_ = true;
    std::vector<std::uint32_t> checkpoints_;  // byte offset of every such character, when not all are single bytes
    std::vector<Node> pending_;               // finished nodes whose parent is open
    std::vector<Open> open_;
    std::unordered_map<std::string, Node> anchors_;
    std::size_t textRoom_ = 0;
    char* textNext_ = nullptr;
    std::size_t created_ = 0;
    std::size_t documents_ = 0;
};

}  // namespace tantrum::models::scenario
