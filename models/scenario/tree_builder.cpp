#include "models/scenario/tree_builder.h"

#include "engine/ensure.h"
#include "models/scenario/utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace tantrum::models::scenario {
namespace {

constexpr std::size_t mostNodesInTree = 2'000'000;
constexpr std::size_t deepest = 64;

std::string_view textOf(const yaml_char_t* text)
{
    return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

Node::Style styleOf(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return Node::Style::singleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return Node::Style::doubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE: return Node::Style::literal;
    case YAML_FOLDED_SCALAR_STYLE: return Node::Style::folded;
    default: return Node::Style::plain;
    }
}

int parenthesesIn(std::string_view text)
{
    return static_cast<int>(std::count(text.begin(), text.end(), '(') - std::count(text.begin(), text.end(), ')'));
}

}  // namespace

TreeBuilder::TreeBuilder(std::string text, Diagnostics& diagnostics)
    : diagnostics_(diagnostics), tree_(std::make_shared<Tree>())
{
    tree_->source_ = std::move(text);
    const std::string& source = tree_->source_;
    if (source.starts_with("\xef\xbb\xbf")) skipped_ = 3;
    ascii_ = std::all_of(source.begin() + static_cast<std::ptrdiff_t>(skipped_), source.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii_) {
        std::size_t character = 0;
        for (std::size_t at = skipped_; at < source.size();
             at += utf8::sequenceLength(std::string_view(source).substr(at, 4)))
            if (character++ % checkpointEvery == 0) checkpoints_.push_back(static_cast<std::uint32_t>(at));
        checkpoints_.push_back(static_cast<std::uint32_t>(source.size()));
    }
    ENSURE(yaml_parser_initialize(&parser_), "libyaml has no memory");
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const yaml_char_t*>(source.data()) + skipped_,
                                 source.size() - skipped_);
}

TreeBuilder::~TreeBuilder() { yaml_parser_delete(&parser_); }

std::shared_ptr<const Tree> TreeBuilder::build()
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser_, &event)) {
            refuseSyntax();
            return nullptr;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        const bool good = handle(event);
        yaml_event_delete(&event);
        if (!good) return nullptr;
    }
    if (documents_ == 0) {
        refuse({1, 1}, "the file is empty", "a scenario begins with 'tantrum: 1'");
        return nullptr;
    }
    ENSURE(pending_.size() == 1, "a document has one root");
    tree_->root_ = pending_.front();
    return tree_;
}

bool TreeBuilder::handle(const yaml_event_t& event)
{
    switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++documents_ > 1)
            return refuse(positionOf(event.start_mark), "a second document begins here",
                          "one file holds one scenario; remove the '---'");
        return true;
    case YAML_SCALAR_EVENT: return scalar(event);
    case YAML_ALIAS_EVENT: return alias(event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return begin(event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return end(event);
    default: return true;
    }
}

bool TreeBuilder::wrongTag(const yaml_event_t& event, const yaml_char_t* tag)
{
    if (!tag) return false;
    return !refuse(positionOf(event.start_mark), fmt::format("the tag {} is not supported", inQuotes(textOf(tag))),
                   "write the plain value");
}

bool TreeBuilder::scalar(const yaml_event_t& event)
{
    const auto& data = event.data.scalar;
    if (wrongTag(event, data.tag)) return false;
    Node node;
    node.kind_ = Node::Kind::scalar;
    node.style_ = styleOf(data.style);
    node.range_ = rangeOf(event);
    node.text_ = keep({reinterpret_cast<const char*>(data.value), data.length});
    node.size_ = static_cast<std::uint32_t>(data.length);
    return finished(node, std::string(textOf(data.anchor)));
}

bool TreeBuilder::alias(const yaml_event_t& event)
{
    const std::string name(textOf(event.data.alias.anchor));
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
        const bool inside =
            std::any_of(open_.begin(), open_.end(), [&](const Open& open) { return open.anchor == name; });
        return inside ? refuse(positionOf(event.start_mark),
                               fmt::format("the alias {} stands inside the value it repeats", inQuotes(name)))
                      : refuse(positionOf(event.start_mark),
                               fmt::format("there is no anchor {} before this alias", inQuotes(name)),
                               "text that begins with * has to be quoted: \"* -> *\"");
    }
    Node node = found->second;
    node.range_ = rangeOf(event);
    node.alias_ = true;
    if (open_.size() + node.height_ > deepest)
        return refuse(positionOf(event.start_mark), fmt::format("nested more than {} deep", deepest));
    return finished(node, {});
}

bool TreeBuilder::begin(const yaml_event_t& event)
{
    const bool mapping = event.type == YAML_MAPPING_START_EVENT;
    if (wrongTag(event, mapping ? event.data.mapping_start.tag : event.data.sequence_start.tag)) return false;
    if (open_.size() >= deepest)
        return refuse(positionOf(event.start_mark), fmt::format("nested more than {} deep", deepest),
                      "no scenario needs that");
    Open open{Node(), pending_.size(),
              std::string(textOf(mapping ? event.data.mapping_start.anchor : event.data.sequence_start.anchor))};
    open.node.kind_ = mapping ? Node::Kind::mapping : Node::Kind::sequence;
    const bool flow = mapping ? event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                              : event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    open.node.style_ = flow ? Node::Style::flow : Node::Style::block;
    open.node.range_ = rangeOf(event);
    open_.push_back(std::move(open));
    return true;
}

bool TreeBuilder::end(const yaml_event_t& event)
{
    Open open = std::move(open_.back());
    open_.pop_back();
    Node& node = open.node;
    const bool flow = node.style_ == Node::Style::flow;
    if (flow) joinTorn(open.first, node.isMapping());

    const std::size_t count = pending_.size() - open.first;
    std::unique_ptr<Node[]> children = count > 0 ? std::make_unique<Node[]>(count) : nullptr;
    std::copy(pending_.begin() + static_cast<std::ptrdiff_t>(open.first), pending_.end(), children.get());
    pending_.resize(open.first);
    std::size_t expanded = 1;
    for (std::size_t i = 0; i < count; ++i) {
        expanded += children[i].expanded_;
        node.height_ = std::max<std::uint8_t>(node.height_, static_cast<std::uint8_t>(children[i].height_ + 1));
    }
    if (count == 0) node.height_ = 1;
    if (expanded > mostNodesInTree)
        return refuse(node.position(),
                      fmt::format("the document has more than {} values, aliases counted in full", mostNodesInTree));
    node.expanded_ = static_cast<std::uint32_t>(expanded);
    node.size_ = static_cast<std::uint32_t>(count);
    node.children_ = children.get();
    // libyaml ends a block where the next token starts, beyond blank lines and comments; ours ends with its last child.
    const Range last = flow || count == 0 ? rangeOf(event) : children[count - 1].range_;
    node.range_.end = last.end;
    node.range_.to = last.to;
    if (children) tree_->nodes_.push_back(std::move(children));
    if (node.isMapping() && !checkKeys(node)) return false;
    return finished(node, open.anchor);
}

bool TreeBuilder::finished(Node node, const std::string& anchor)
{
    if (++created_ > mostNodesInTree)
        return refuse(node.position(), fmt::format("the document has more than {} values", mostNodesInTree));
    if (!anchor.empty()) anchors_[anchor] = node;
    pending_.push_back(node);
    return true;
}

bool TreeBuilder::checkKeys(const Node& mapping)
{
    std::unordered_set<std::string_view> seen;
    const bool many = mapping.size() > 16;
    for (std::size_t i = 0; i < mapping.size(); ++i) {
        const Node& key = mapping.key(i);
        if (!key.isScalar())
            return refuse(key.position(), fmt::format("a key has to be a word, not {}", key.kindName()),
                          "a value that begins with { or [ has to be quoted");
        if (key.text() == "<<" && key.style() == Node::Style::plain)
            return refuse(key.position(), "merge keys (<<) are not supported",
                          "write the keys out, or repeat a whole value with an anchor and an alias");
        bool twice = false;
        if (many)
            twice = !seen.insert(key.text()).second;
        else
            for (std::size_t j = 0; j < i; ++j) twice = twice || mapping.key(j).text() == key.text();
        if (twice)
            diagnostics_.error(key.position(), std::string(shown(key.text())),
                               fmt::format("the key {} is given twice", inQuotes(key.text())), "remove one of them");
    }
    return true;
}

// `{latency: normal(0.5ms, 0.1ms)}` reaches us as latency: "normal(0.5ms" and a key "0.1ms)" without a value.
void TreeBuilder::joinTorn(std::size_t first, bool mapping)
{
    const std::size_t stride = mapping ? 2 : 1;
    const auto plain = [](const Node& node) {
        return node.isScalar() && node.style_ == Node::Style::plain && !node.alias_;
    };
    std::size_t kept = first;
    for (std::size_t at = first; at + stride <= pending_.size();) {
        Node value = pending_[at + stride - 1];
        std::size_t next = at + stride;
        if (int depth = plain(value) ? parenthesesIn(value.text()) : 0; depth > 0) {
            std::size_t last = next;
            for (; depth > 0 && last + stride <= pending_.size(); last += stride) {
                const Node& half = pending_[last];
                if (!plain(half) || (mapping && pending_[last + 1].range_.length() > 0)) break;
                depth += parenthesesIn(half.text());
            }
            if (depth == 0) {
                const Range& end = pending_[last - stride].range_;
                value.range_.end = end.end;
                value.range_.to = end.to;
                const std::string_view whole =
                    std::string_view(tree_->source_).substr(value.range_.from, value.range_.length());
                value.text_ = whole.data();
                value.size_ = static_cast<std::uint32_t>(whole.size());
                diagnostics_.error(
                    value.position(), {},
                    fmt::format("{} is torn at its comma: inside {{ }} and [ ] YAML ends a value at the comma",
                                inQuotes(whole)),
                    "separate arguments by spaces, or quote the value");
                next = last;
            }
        }
        if (mapping) pending_[kept] = pending_[at];
        pending_[kept + stride - 1] = value;
        kept += stride;
        at = next;
    }
    pending_.resize(kept);
}

}  // namespace tantrum::models::scenario
