#include "json.hpp"
#include "report.hpp"
#include "rounds.hpp"

namespace bench {
namespace {

void add_if_known(json& object, const char* key, const std::optional<double>& value) {
  if (value) object.add(key, *value);
}

json list_of(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& text : texts) list.add(text);
  return list;
}

json row_of(const row& r) {
  json shape = json::array(), vs = json::object(), rivals = json::array();
  for (const long size : r.shape) shape.add(size);
  for (const rival_time& other : r.rivals) {
    vs.add(other.name, other.times_ours);
    json one = json::object();
    one.add("name", other.name).add("how", other.how).add("median_ns", other.median_ns);
    if (other.mac_per_cycle > 0) one.add("mac_per_cycle", other.mac_per_cycle);
    rivals.add(one);
  }
  json out = json::object();
  out.add("task", r.task);
  if (!r.part.empty()) out.add("part", r.part);
  out.add("shape", shape).add("isa", r.isa).add("kernel", r.kernel);
  out.add("threads", r.threads).add("rounds", r.rounds).add("median_ns", r.median_ns);
  add_if_known(out, "mac_per_cycle", r.mac_per_cycle);
  add_if_known(out, "bytes_per_cycle", r.bytes_per_cycle);
  add_if_known(out, "of_peak", r.of_peak);
  if (!r.peak.empty()) out.add("peak", r.peak);
  add_if_known(out, "of_read", r.of_read);
  add_if_known(out, "unprepared_ns", r.unprepared_ns);
  add_if_known(out, "packing_ns", r.packing_ns);
  add_if_known(out, "with_packing_ns", r.with_packing_ns);
  add_if_known(out, "of_network", r.of_network);
  add_if_known(out, "convolution_ns", r.convolution_ns);
  add_if_known(out, "real_ns", r.real_ns);
  add_if_known(out, "glue", r.glue);
  out.add("vs", vs).add("rivals", rivals);
  if (!r.notes.empty()) out.add("notes", list_of(r.notes));
  return out;
}

}  // namespace

std::string to_json(const report& all) {
  json machine = json::object(), roofs = json::array(), reads = json::array(), rows = json::array();
  machine.add("cpu", all.where.cpu).add("cores", all.where.cores).add("caches", all.where.caches);
  machine.add("system", all.where.system).add("ghz", all.where.ghz);
  machine.add("load_before", all.where.load).add("load_after", all.load_after);
  machine.add("issue_width", median(all.issue_widths));
  for (const roof_rate& roof : all.roofs)
    roofs.add(json::object()
                  .add("name", roof.name)
                  .add("use", roof.short_name)
                  .add("mac_per_cycle", roof.mac_per_cycle));
  for (const level_rate& level : all.reads)
    reads.add(json::object()
                  .add("level", level.name)
                  .add("bytes", level.bytes)
                  .add("bytes_per_cycle", level.bytes_per_cycle)
                  .add("gb_per_s", level.gb_per_s));
  for (const row& r : all.rows) rows.add(row_of(r));
  json out = json::object();
  out.add("build", all.build).add("compiler", all.compiler).add("flags", all.flags);
  out.add("isa", all.isa).add("quick", all.quick).add("machine", machine);
  out.add("roofs", roofs).add("reads", reads).add("skipped", list_of(all.skipped));
  return out.add("rows", rows).text() + "\n";
}

}  // namespace bench
