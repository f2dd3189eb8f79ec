// Wanted: one policy for each of 65 parameters.
// Write: one policy that reads what it needs from the request.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn may(_: &User<AppRole>, part: u8, _: &Request<'_>) -> bool {
    part == 0
}

#[require_role(may(_p0), may(_p1), may(_p2), may(_p3), may(_p4), may(_p5), may(_p6), may(_p7), may(_p8), may(_p9), may(_p10), may(_p11), may(_p12), may(_p13), may(_p14), may(_p15), may(_p16), may(_p17), may(_p18), may(_p19), may(_p20), may(_p21), may(_p22), may(_p23), may(_p24), may(_p25), may(_p26), may(_p27), may(_p28), may(_p29), may(_p30), may(_p31), may(_p32), may(_p33), may(_p34), may(_p35), may(_p36), may(_p37), may(_p38), may(_p39), may(_p40), may(_p41), may(_p42), may(_p43), may(_p44), may(_p45), may(_p46), may(_p47), may(_p48), may(_p49), may(_p50), may(_p51), may(_p52), may(_p53), may(_p54), may(_p55), may(_p56), may(_p57), may(_p58), may(_p59), may(_p60), may(_p61), may(_p62), may(_p63), may(_p64))]
#[get("/<_p0>/<_p1>/<_p2>/<_p3>/<_p4>/<_p5>/<_p6>/<_p7>/<_p8>/<_p9>/<_p10>/<_p11>/<_p12>/<_p13>/<_p14>/<_p15>/<_p16>/<_p17>/<_p18>/<_p19>/<_p20>/<_p21>/<_p22>/<_p23>/<_p24>/<_p25>/<_p26>/<_p27>/<_p28>/<_p29>/<_p30>/<_p31>/<_p32>/<_p33>/<_p34>/<_p35>/<_p36>/<_p37>/<_p38>/<_p39>/<_p40>/<_p41>/<_p42>/<_p43>/<_p44>/<_p45>/<_p46>/<_p47>/<_p48>/<_p49>/<_p50>/<_p51>/<_p52>/<_p53>/<_p54>/<_p55>/<_p56>/<_p57>/<_p58>/<_p59>/<_p60>/<_p61>/<_p62>/<_p63>/<_p64>")]
fn parts(_p0: u8, _p1: u8, _p2: u8, _p3: u8, _p4: u8, _p5: u8, _p6: u8, _p7: u8, _p8: u8, _p9: u8, _p10: u8, _p11: u8, _p12: u8, _p13: u8, _p14: u8, _p15: u8, _p16: u8, _p17: u8, _p18: u8, _p19: u8, _p20: u8, _p21: u8, _p22: u8, _p23: u8, _p24: u8, _p25: u8, _p26: u8, _p27: u8, _p28: u8, _p29: u8, _p30: u8, _p31: u8, _p32: u8, _p33: u8, _p34: u8, _p35: u8, _p36: u8, _p37: u8, _p38: u8, _p39: u8, _p40: u8, _p41: u8, _p42: u8, _p43: u8, _p44: u8, _p45: u8, _p46: u8, _p47: u8, _p48: u8, _p49: u8, _p50: u8, _p51: u8, _p52: u8, _p53: u8, _p54: u8, _p55: u8, _p56: u8, _p57: u8, _p58: u8, _p59: u8, _p60: u8, _p61: u8, _p62: u8, _p63: u8, _p64: u8) {}

fn main() {}
